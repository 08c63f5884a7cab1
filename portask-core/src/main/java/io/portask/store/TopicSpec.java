package io.portask.store;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicNames;

/** A topic to be created. The partitions are numbered from 0. */
public record TopicSpec(String name, int partitions, TopicConfig config) {
    public static final int MAX_PARTITIONS = 10_000;

    /** @throws PortaskException for a name or a number of partitions that no topic can have */
    public TopicSpec {
        TopicNames.check(name);
        if (partitions < 1 || partitions > MAX_PARTITIONS) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST, "A topic has 1 to " + MAX_PARTITIONS + " partitions, not " + partitions);
        }
    }

    /** A topic that keeps everything. */
    public TopicSpec(String name, int partitions) {
        this(name, partitions, TopicConfig.DEFAULT);
    }
}
