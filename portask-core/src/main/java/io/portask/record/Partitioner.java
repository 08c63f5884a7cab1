package io.portask.record;

import org.jspecify.annotations.Nullable;

/** Chooses the partition that a message is published to. Any thread may call. */
@FunctionalInterface
public interface Partitioner {
    /**
     * A partition from 0 to {@code partitions - 1}.
     *
     * @param key of the message, null for one without
     * @param partitions how many the topic has now
     */
    int partition(String topic, byte @Nullable [] key, int partitions);
}
