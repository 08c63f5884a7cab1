package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides which member of a group is to own which partition. An assignor keeps no state between calls, gives the same result for the
 * same input, and is called by one thread at a time for a group.
 */
public interface PartitionAssignor {
    /** What configurations and descriptions of groups call it, such as {@code sticky}. */
    String name();

    /**
     * Every partition of a topic that at least one member reads goes to exactly one of the members that read it.
     *
     * @param members in an order that stays the same while the members do
     * @param partitionCounts the topics that there are
     * @return partitions by the member's id; a member that gets none may be missing
     */
    Map<String, List<TopicPartition>> assign(List<MemberSubscription> members, Map<String, Integer> partitionCounts);

    /** The one that comes with Portask under this name: {@code sticky}, {@code range} or {@code roundrobin}; null for another name. */
    static @Nullable PartitionAssignor named(String name) {
        return Stream.of(new StickyAssignor(), new RangeAssignor(), new RoundRobinAssignor())
                .filter(assignor -> assignor.name().equals(name))
                .findFirst()
                .orElse(null);
    }
}
