package io.portask.consumer;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is under way for partitions of a group, commits above all, and who waits for its end. Guarded by the lock of the group.
 */
final class PartitionBarrier {
    private static final class UnderWay {
        private int count;
        private final List<Runnable> waiting = new ArrayList<>();
    }

    private final Map<TopicPartition, UnderWay> partitions = new HashMap<>();

    void begin(Collection<TopicPartition> begun) {
        for (TopicPartition partition : begun) {
            partitions.computeIfAbsent(partition, each -> new UnderWay()).count++;
        }
    }

    /** @return what waited for the end, to be run now */
    List<Runnable> end(Collection<TopicPartition> ended) {
        List<Runnable> released = new ArrayList<>();
        for (TopicPartition partition : ended) {
            UnderWay underWay = partitions.get(partition);
            if (underWay != null && --underWay.count == 0) {
                partitions.remove(partition);
                released.addAll(underWay.waiting);
            }
        }
        return released;
    }

    /** Whether something is under way; the task is then among what its {@link #end} returns. */
    boolean await(TopicPartition partition, Runnable task) {
        UnderWay underWay = partitions.get(partition);
        if (underWay != null) {
            underWay.waiting.add(task);
        }
        return underWay != null;
    }

    boolean isIdle() {
        return partitions.isEmpty();
    }
}
