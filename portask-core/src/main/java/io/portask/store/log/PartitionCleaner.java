package io.portask.store.log;

import io.portask.store.TopicConfig;
import java.io.IOException;

/** All that is done from time to time to remove messages from one partition. One thread. */
final class PartitionCleaner {
    private final LogPartition partition;
    private final Retention retention;
    private final DeletionSweep deletions;
    private final KeyCompaction compaction;

    PartitionCleaner(LogPartition partition, LogContext context, CleaningPace pace, RemovalMeters meters) {
        this.partition = partition;
        SegmentReplacer replacer = new SegmentReplacer(partition, context, pace, meters);
        this.retention = new Retention(partition, context, meters);
        this.deletions = new DeletionSweep(partition, context, replacer);
        this.compaction = new KeyCompaction(partition, context, replacer, pace);
    }

    void clean(TopicConfig config) throws IOException {
        if (partition.segments().isEmpty()) {
            return;
        }
        if (config.isLimited()) {
            retention.enforce(config);
        }
        deletions.run();
        if (config.compacted()) {
            compaction.run(config.tombstoneRetentionMs());
        }
    }
}
