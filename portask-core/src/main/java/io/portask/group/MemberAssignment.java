package io.portask.group;

import io.portask.record.TopicPartition;
import java.util.List;

/**
 * What a member may own now. It stops processing everything else, then says so with its next heartbeat, and starts what is
 * new; what stays goes on without a stop. A member follows the assignment with the highest revision that it got, in whatever order they
 * come.
 *
 * @param joinedIn the generation in which the membership began. One above that the member knows means that an old request of it
 *     made it join anew, at another coordinator: it owns nothing of what it owned before, and starts over with these partitions. One
 *     below is to be ignored
 * @param generation of the group; the member's commits carry it
 * @param revision grows when what this member may own changes
 * @param partitions without those that it has to give up
 */
public record MemberAssignment(
        String memberId,
        long joinedIn,
        long generation,
        long revision,
        MemberState state,
        List<TopicPartition> partitions) {}
