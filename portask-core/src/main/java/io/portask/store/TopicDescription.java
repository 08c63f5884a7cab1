package io.portask.store;

import java.util.List;

/** A topic, the state of each partition in the order of their numbers, and what the topic keeps. */
public record TopicDescription(String name, List<PartitionInfo> partitions, TopicConfig config) {
    public TopicDescription {
        partitions = List.copyOf(partitions);
    }

    /** A topic that keeps everything. */
    public TopicDescription(String name, List<PartitionInfo> partitions) {
        this(name, partitions, TopicConfig.DEFAULT);
    }

    public int partitionCount() {
        return partitions.size();
    }
}
