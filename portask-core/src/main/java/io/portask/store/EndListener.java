package io.portask.store;

import io.portask.record.TopicPartition;

/** Told that a partition's end moved, or its topic is gone. Called on any thread, in no certain order, without locks held; must be quick. */
@FunctionalInterface
public interface EndListener {
    void onEndMoved(TopicPartition partition, long endOffset);

    /**
     * Told that a topic was deleted, also by another broker on a shared store; a topic of the same name may be there again. May
     * be told more than once, and need not be told by a store that only one broker uses.
     */
    default void onTopicGone(String topic) {}
}
