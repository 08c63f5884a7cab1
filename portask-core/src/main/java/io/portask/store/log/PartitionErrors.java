package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.io.IOException;
import java.nio.file.Path;

/** What a partition says when it cannot do what was asked. */
final class PartitionErrors {
    private PartitionErrors() {}

    static PortaskException outOfRange(TopicPartition name, long offset, long start, long end) {
        return new PortaskException(
                ErrorCode.OFFSET_OUT_OF_RANGE,
                "Offset " + offset + " of " + name + " is outside " + start + " to " + end);
    }

    static PortaskException notTakenBack(TopicPartition name, Path path, IOException cause) {
        return new PortaskException(
                ErrorCode.PARTITION_READ_ONLY,
                name + " takes nothing more until a restart: a failed write to " + path + " could not be taken back",
                cause);
    }

    static PortaskException notForced(TopicPartition name, Throwable cause) {
        return new PortaskException(
                ErrorCode.PARTITION_READ_ONLY,
                name + " takes nothing more until a restart: its bytes could not be forced to the disk: "
                        + cause.getMessage(),
                cause);
    }
}
