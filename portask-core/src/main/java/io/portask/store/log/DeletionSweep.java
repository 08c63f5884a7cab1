package io.portask.store.log;

import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import java.io.IOException;
import java.util.Arrays;

/**
 * Takes the single messages that were deleted out of one partition's segments: of a segment when they are more than one in
 * {@value #ONE_IN}, of all segments when the oldest deletion waits for longer than {@link CleaningConfig#delayMs}. What was
 * deleted before the store was opened waits since then. A deletion is forgotten after its message is gone from the device. One
 * thread.
 */
final class DeletionSweep {
    static final int ONE_IN = 100;

    private static final long NONE = Long.MIN_VALUE;

    private final LogPartition partition;
    private final LogContext context;
    private final SegmentReplacer replacer;
    private long waitingSinceMs = NONE;

    DeletionSweep(LogPartition partition, LogContext context, SegmentReplacer replacer) {
        this.partition = partition;
        this.context = context;
        this.replacer = replacer;
    }

    void run() throws IOException {
        DeletedOffsets deleted = partition.deleted();
        if (deleted.isEmpty()) {
            waitingSinceMs = NONE;
            return;
        }
        long now = context.clock().millis();
        waitingSinceMs = waitingSinceMs == NONE ? now : waitingSinceMs;
        boolean due = now - waitingSinceMs >= context.config().cleaning().delayMs();
        boolean later = false;
        if (due) {
            forget(deleted.between(0, partition.startOffset()));
            later = !sealActive(deleted);
        }
        Segment[] segments = partition.segments().all();
        for (int i = 0; i < segments.length - 1; i++) {
            Segment segment = segments[i];
            long[] offsets = deleted.between(segment.baseOffset(), segment.nextOffset());
            boolean many = offsets.length * (long) ONE_IN > segment.nextOffset() - segment.baseOffset();
            if (offsets.length > 0 && (due || many)) {
                if (replacer.canRewrite(segment) && replacer.rewrite(segment, new Others(offsets))) {
                    forget(offsets);
                } else {
                    later |= !partition.sealedSegments().isForced(segment);
                }
            }
        }
        waitingSinceMs = due && !later ? NONE : waitingSinceMs;
    }

    /** Returns whether no deleted message is in the segment that is appended to any more. */
    private boolean sealActive(DeletedOffsets deleted) throws IOException {
        Segment[] segments = partition.segments().all();
        Segment active = segments[segments.length - 1];
        int size = active.size();
        return !deleted.intersects(active.baseOffset(), active.nextOffset() - 1) || partition.roll(active, size);
    }

    private void forget(long[] offsets) throws IOException {
        if (offsets.length > 0) {
            context.housekeeper().await("Forgetting deletions in", partition.directory(), () -> {
                if (!partition.isRetired()) {
                    partition.sealedSegments().deletedMessages().forget(offsets);
                }
                return null;
            });
        }
    }

    /** Keeps all but some offsets. */
    private static final class Others implements RecordFilter {
        private final long[] removed;

        Others(long[] removed) {
            this.removed = removed;
        }

        @Override
        public boolean concerns(RecordBatch batch) {
            int at = Arrays.binarySearch(removed, batch.baseOffset());
            int firstNotBefore = at >= 0 ? at : -at - 1;
            return firstNotBefore < removed.length && removed[firstNotBefore] <= batch.lastOffset();
        }

        @Override
        public boolean keeps(RecordReader record) {
            return Arrays.binarySearch(removed, record.offset()) < 0;
        }
    }
}
