package io.portask.store.memory;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.util.Arrays;

/** A topic's partitions and present configuration. Any thread. */
final class MemoryTopic {
    private final String name;
    private final MemoryPartition[] partitions;
    private volatile TopicConfig config;

    MemoryTopic(TopicSpec spec, MemoryBudget budget) {
        name = spec.name();
        config = spec.config();
        partitions = new MemoryPartition[spec.partitions()];
        Arrays.setAll(partitions, number -> new MemoryPartition(new TopicPartition(name, number), budget));
    }

    static PortaskException unknown(String topic) {
        return new PortaskException(ErrorCode.UNKNOWN_TOPIC, "There is no topic '" + topic + "'. Create it first");
    }

    MemoryPartition partition(int number) {
        if (number < 0 || number >= partitions.length) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_PARTITION,
                    "Topic '" + name + "' has partitions 0 to " + (partitions.length - 1) + ", not " + number);
        }
        return partitions[number];
    }

    void configure(TopicConfig changed) {
        config = changed;
    }

    /** Drops from the start of each partition what the configuration does not keep. */
    void enforceRetention(long nowMs) {
        TopicConfig current = config;
        if (current.isLimited()) {
            for (MemoryPartition partition : partitions) {
                partition.enforceRetention(current, nowMs);
            }
        }
    }

    TopicDescription describe() {
        return new TopicDescription(
                name, Arrays.stream(partitions).map(MemoryPartition::describe).toList(), config);
    }

    void drop() {
        for (MemoryPartition partition : partitions) {
            partition.drop();
        }
    }
}
