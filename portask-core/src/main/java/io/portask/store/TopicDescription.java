package io.portask.store;

import java.util.List;

/** A topic and the state of each partition, in the order of their numbers. */
public record TopicDescription(String name, List<PartitionInfo> partitions) {
    public TopicDescription {
        partitions = List.copyOf(partitions);
    }

    public int partitionCount() {
        return partitions.size();
    }
}
