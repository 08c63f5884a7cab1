package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Divides each topic by itself into ranges of neighbouring partitions, so that partitions with the same number of topics with the
 * same number of partitions and readers meet at one member. The first members of a topic get one more where it does not divide evenly.
 */
public final class RangeAssignor implements PartitionAssignor {
    @Override
    public String name() {
        return "range";
    }

    @Override
    public Map<String, List<TopicPartition>> assign(
            List<MemberSubscription> members, Map<String, Integer> partitionCounts) {
        Map<String, List<TopicPartition>> assignment = new HashMap<>();
        SubscribedTopics.of(members, partitionCounts).forEach((topic, readers) -> {
            int partitions = partitionCounts.getOrDefault(topic, 0);
            for (int i = 0; i < readers.size(); i++) {
                List<TopicPartition> share =
                        assignment.computeIfAbsent(readers.get(i).memberId(), id -> new ArrayList<>());
                int end = end(partitions, readers.size(), i);
                for (int partition = end(partitions, readers.size(), i - 1); partition < end; partition++) {
                    share.add(new TopicPartition(topic, partition));
                }
            }
        });
        return assignment;
    }

    /** Where the range of a reader ends. */
    private static int end(int partitions, int readers, int reader) {
        return partitions / readers * (reader + 1) + Math.min(partitions % readers, reader + 1);
    }
}
