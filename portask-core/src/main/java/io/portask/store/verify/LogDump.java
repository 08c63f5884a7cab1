package io.portask.store.verify;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.record.TopicPartition;
import io.portask.store.log.DirectoryDump;
import java.nio.file.Path;

/** Shows what lies in the segment files of one partition of a log store, batch after batch. Changes nothing on the disk. */
public final class LogDump {
    /** Shows everything, also what lies before the offset to which the partition was trimmed. */
    public static final long FROM_BEGINNING = -1;

    /** Told of the parts of a partition in the order in which they lie on the disk. */
    public interface Visitor {
        /**
         * A batch as it is stored, with messages that were deleted since and that a rewrite has not removed yet.
         *
         * @param position of its first byte in the file
         * @param batch valid during the call; only its header where the checksum does not match
         * @param checksumMatches whether the batch is as it was written; where it is not, {@link #onDamage} was told why
         * @return whether to go on
         */
        boolean onBatch(Path file, long position, RecordBatch batch, boolean checksumMatches);

        /**
         * A part that is no good batch.
         *
         * @param position of its first byte in the file
         * @param offset which offset the batch there should have
         * @param what up to where, and what is wrong
         * @param torn whether it lies at the very end, as what a killed process was just writing; the next start cuts it
         */
        void onDamage(Path file, long position, long offset, String what, boolean torn);
    }

    private LogDump() {}

    /**
     * @param from show the batch that contains this offset and what follows, or {@link #FROM_BEGINNING}
     * @throws PortaskException {@link ErrorCode#STORE_LOCKED} if a store uses the directory; {@link
     *     ErrorCode#INVALID_CONFIGURATION} if it holds none, or one of another version; {@link ErrorCode#UNKNOWN_TOPIC}, {@link
     *     ErrorCode#UNKNOWN_PARTITION}; {@link ErrorCode#OFFSET_OUT_OF_RANGE} if the files begin behind the offset or end before
     *     it, then after all of them were read; {@link ErrorCode#STORE_IO_ERROR} if it cannot be read
     */
    public static void dump(Path directory, TopicPartition partition, long from, Visitor visitor) {
        new DirectoryDump(directory, partition, from, visitor::onBatch, visitor::onDamage).run();
    }
}
