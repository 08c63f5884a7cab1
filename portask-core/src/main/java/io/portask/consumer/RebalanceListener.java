package io.portask.consumer;

import io.portask.record.TopicPartition;
import java.util.Set;

/** Told of what a {@link GroupConsumer} gets and loses, on the thread that polls, commits or closes. */
public interface RebalanceListener {
    /** Messages of these come from now on. */
    default void onAssigned(Set<TopicPartition> partitions) {}

    /**
     * These go to others once this returns. Messages of them that were polled and not committed are delivered to others again; {@link
     * GroupConsumer#commit()} may be called.
     */
    default void onRevoked(Set<TopicPartition> partitions) {}

    /** These went to others already, because this consumer was silent for too long. They cannot be committed any more. */
    default void onLost(Set<TopicPartition> partitions) {}
}
