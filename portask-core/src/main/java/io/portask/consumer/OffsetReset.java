package io.portask.consumer;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.util.Set;

/**
 * Where a group is to go on. Positions beyond what a partition keeps become the nearest that it keeps.
 *
 * @param partitions which partitions
 * @param to where to; with a shift {@code committed}, which is where the group is now
 * @param shift by how many offsets beyond that, forward or, below 0, back
 * @param dryRun whether only to say what would be
 */
public record OffsetReset(Set<TopicPartition> partitions, StartPosition to, long shift, boolean dryRun) {
    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST} without partitions */
    public OffsetReset {
        partitions = Set.copyOf(partitions);
        if (partitions.isEmpty()) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "A reset names at least one partition");
        }
    }

    public static OffsetReset to(StartPosition position, Set<TopicPartition> partitions) {
        return new OffsetReset(partitions, position, 0, false);
    }

    /** From where the group is now. */
    public static OffsetReset by(long shift, Set<TopicPartition> partitions) {
        return new OffsetReset(partitions, StartPosition.committed(), shift, false);
    }

    public OffsetReset dryRun(boolean only) {
        return new OffsetReset(partitions, to, shift, only);
    }
}
