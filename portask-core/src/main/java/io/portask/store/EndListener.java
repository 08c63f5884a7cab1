package io.portask.store;

import io.portask.record.TopicPartition;

/** Told that a partition's end moved. Called on any thread, in no certain order, without locks held; must be quick. */
@FunctionalInterface
public interface EndListener {
    void onEndMoved(TopicPartition partition, long endOffset);
}
