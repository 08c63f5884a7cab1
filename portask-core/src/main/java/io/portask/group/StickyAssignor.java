package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.List;
import java.util.Map;

/**
 * Leaves partitions where they are as long as the shares are even. What has no owner goes to the members with the least; then
 * partitions move from members with more to members with less only while that makes the shares more even. So the partitions of
 * a member that leaves are all that moves, and one that joins takes no more than its share.
 *
 * <p>Among members with equal subscriptions shares are within one of each other, with the fewest moves that reach it. With
 * unequal ones the shares are as even as the subscriptions allow: no chain of moves could make the sum of their squares
 * smaller.
 */
public final class StickyAssignor implements PartitionAssignor {
    @Override
    public String name() {
        return "sticky";
    }

    @Override
    public Map<String, List<TopicPartition>> assign(
            List<MemberSubscription> members, Map<String, Integer> partitionCounts) {
        EvenShares shares = new EvenShares(members, new PartitionClasses(members, partitionCounts));
        shares.keep();
        shares.fill();
        shares.even();
        return shares.assignment();
    }
}
