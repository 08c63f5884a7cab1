package io.portask.consumer;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.util.List;
import java.util.Set;

/** What a group tells a member: on any thread, one call at a time, in order. Must be quick and never wait. */
public interface GroupMemberListener {
    /** The member owns these, besides what it owns already. */
    void onAssigned(List<AssignedPartition> partitions);

    /**
     * The member stops reading these, ends and commits what it is at, and {@link GroupMember#releaseAsync releases} them; nobody gets
     * them before. The same is told of partitions whose topic was deleted.
     */
    void onRevoked(Set<TopicPartition> partitions);

    /**
     * The membership is over, and others own its partitions. The last call.
     *
     * @param reason {@link ErrorCode#UNKNOWN_MEMBER}: it was silent for too long, and may join again. {@link
     *     ErrorCode#MEMBER_FENCED}: another came with its instance id. {@link ErrorCode#CLOSED}: the broker closes
     */
    void onFenced(PortaskException reason);
}
