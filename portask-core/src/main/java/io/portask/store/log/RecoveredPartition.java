package io.portask.store.log;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found of a partition.
 *
 * @param damage what is wrong with bytes that were acknowledged, or null; there is no appending behind it
 * @param checkpointed whether the checkpoint on disk is the end of the log
 */
record RecoveredPartition(
        List<Segment> segments,
        long startOffset,
        long endOffset,
        @Nullable String damage,
        boolean checkpointed) {}
