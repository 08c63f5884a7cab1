package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Deals the partitions of all topics out one after the other, passing over members that do not read a topic. Members with equal
 * subscriptions get shares within one of each other.
 */
public final class RoundRobinAssignor implements PartitionAssignor {
    @Override
    public String name() {
        return "roundrobin";
    }

    @Override
    public Map<String, List<TopicPartition>> assign(
            List<MemberSubscription> members, Map<String, Integer> partitionCounts) {
        Map<String, List<TopicPartition>> assignment = new HashMap<>();
        int turn = 0;
        for (String topic : SubscribedTopics.of(members, partitionCounts).keySet()) {
            int partitions = partitionCounts.getOrDefault(topic, 0);
            for (int partition = 0; partition < partitions; partition++) {
                while (!members.get(turn).topics().contains(topic)) {
                    turn = (turn + 1) % members.size();
                }
                assignment
                        .computeIfAbsent(members.get(turn).memberId(), id -> new ArrayList<>())
                        .add(new TopicPartition(topic, partition));
                turn = (turn + 1) % members.size();
            }
        }
        return assignment;
    }
}
