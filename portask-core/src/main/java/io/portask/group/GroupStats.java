package io.portask.group;

/**
 * Figures of a group since its coordinator began.
 *
 * @param members those that are there, and static ones whose place is kept
 * @param partitions of all topics that somebody subscribes to
 * @param rebalances how often the target was computed anew
 * @param partitionsMoved how many partitions changed from one member's target to another's
 * @param membersFenced by a timeout or by another with the same instance id
 */
public record GroupStats(
        GroupState state,
        long generation,
        int members,
        int partitions,
        long rebalances,
        long partitionsMoved,
        long membersFenced) {}
