package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A topic's directory, partitions and present configuration. */
record LogTopic(String name, Path directory, List<LogPartition> partitions, TopicConfig config) {
    LogPartition partition(int number) {
        if (number < 0 || number >= partitions.size()) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_PARTITION,
                    "Topic " + name + " has the partitions 0 to " + (partitions.size() - 1) + ", not " + number);
        }
        return partitions.get(number);
    }

    LogTopic withConfig(TopicConfig changed) {
        return new LogTopic(name, directory, partitions, changed);
    }

    TopicDescription describe() {
        List<PartitionInfo> infos = new ArrayList<>(partitions.size());
        for (LogPartition partition : partitions) {
            infos.add(partition.describe());
        }
        return new TopicDescription(name, infos, config);
    }
}
