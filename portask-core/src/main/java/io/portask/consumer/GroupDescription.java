package io.portask.consumer;

import io.portask.group.GroupState;
import io.portask.group.MemberState;
import io.portask.record.TopicPartition;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A consumer group at one moment.
 *
 * @param generation 0 without members
 * @param members those that are there, and static ones whose place is kept
 * @param partitions those with a committed offset and those that members read, in order
 */
public record GroupDescription(
        String name,
        GroupMode mode,
        GroupState state,
        long generation,
        List<Member> members,
        List<Partition> partitions) {
    /**
     * @param instanceId null for a dynamic member
     * @param partitions what it may own
     */
    public record Member(String id, @Nullable String instanceId, MemberState state, Set<TopicPartition> partitions) {}

    /**
     * @param memberId who may own it; null for nobody
     * @param committed the next offset that the group wants; null where it never committed
     */
    public record Partition(
            TopicPartition partition,
            @Nullable String memberId,
            @Nullable Long committed,
            long startOffset,
            long endOffset) {
        /** How many offsets are kept and not committed. */
        public long lag() {
            return endOffset - Math.max(startOffset, committed == null ? 0 : Math.min(committed, endOffset));
        }
    }

    /** Of all partitions together. */
    public long lag() {
        return partitions.stream().mapToLong(Partition::lag).sum();
    }
}
