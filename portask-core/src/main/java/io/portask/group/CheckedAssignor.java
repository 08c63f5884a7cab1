package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An assignor that may be anybody's: where it fails or breaks its contract, the sticky one takes its turn, and the log says so. */
final class CheckedAssignor implements PartitionAssignor {
    private static final Logger LOG = LoggerFactory.getLogger(CheckedAssignor.class);

    private final PartitionAssignor assignor;
    private final PartitionAssignor fallback = new StickyAssignor();

    CheckedAssignor(PartitionAssignor assignor) {
        this.assignor = assignor;
    }

    @Override
    public String name() {
        return assignor.name();
    }

    @Override
    public Map<String, List<TopicPartition>> assign(
            List<MemberSubscription> members, Map<String, Integer> partitionCounts) {
        try {
            Map<String, List<TopicPartition>> assignment = assignor.assign(members, partitionCounts);
            check(members, partitionCounts, assignment);
            return assignment;
        } catch (RuntimeException e) {
            LOG.error("The assignor '{}' failed; '{}' assigns instead", assignor.name(), fallback.name(), e);
            return fallback.assign(members, partitionCounts);
        }
    }

    private static void check(
            List<MemberSubscription> members,
            Map<String, Integer> partitionCounts,
            Map<String, List<TopicPartition>> assignment) {
        Map<String, Set<String>> topics = new HashMap<>();
        members.forEach(member -> topics.put(member.memberId(), member.topics()));
        Set<TopicPartition> assigned = new HashSet<>();
        assignment.forEach((member, partitions) -> {
            for (TopicPartition partition : partitions) {
                if (!topics.getOrDefault(member, Set.of()).contains(partition.topic())
                        || partition.partition() < 0
                        || partition.partition() >= partitionCounts.getOrDefault(partition.topic(), 0)) {
                    throw new IllegalStateException("'" + member + "' does not read " + partition);
                }
                if (!assigned.add(partition)) {
                    throw new IllegalStateException(partition + " was assigned twice");
                }
            }
        });
        int partitions =
                partitionCounts.values().stream().mapToInt(Integer::intValue).sum();
        if (assigned.size() != partitions) {
            throw new IllegalStateException(partitions - assigned.size() + " partitions were not assigned");
        }
    }
}
