package io.portask.group;

import java.util.List;

/**
 * What a member may own now. It stops processing everything else, then says so with its next heartbeat, and starts what is
 * new; what stays, with the same generation of the grant, goes on without a stop. A partition whose grant has another
 * generation than before is new too: it was somebody else's, or another topic of that name, in between.
 *
 * <p>A member follows the assignment with the highest generation, and of those the one with the highest revision, in whatever order they come.
 *
 * @param generation of the group
 * @param revision grows when what this member may own changes
 * @param grants of its partitions, without those that it has to give up
 */
public record MemberAssignment(
        String memberId, long generation, long revision, MemberState state, List<PartitionGrant> grants) {}
