package io.portask.store.log;

import java.util.List;

/**
 * What was found of a partition.
 *
 * @param checkpointed whether the checkpoint on disk is the end of the log
 */
record RecoveredPartition(List<Segment> segments, long startOffset, long endOffset, boolean checkpointed) {}
