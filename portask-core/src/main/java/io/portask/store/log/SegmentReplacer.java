package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes records out of one partition's sealed segments: each is written anew beside the old file and put in its place by one
 * rename. After a crash there is the old file or the new one, whole. Reads in progress go on with the old file's bytes. Segments
 * with damage are left alone. One thread.
 */
final class SegmentReplacer {
    private final LogPartition partition;
    private final LogContext context;
    private final CleaningPace pace;
    private final RemovalMeters meters;
    private final Set<Long> damaged = new HashSet<>();

    SegmentReplacer(LogPartition partition, LogContext context, CleaningPace pace, RemovalMeters meters) {
        this.partition = partition;
        this.context = context;
        this.pace = pace;
        this.meters = meters;
    }

    /** Whether a segment that is not appended to can be rewritten: all of it is on the device, and no damage is known. */
    boolean canRewrite(Segment segment) {
        return !segment.isQuarantined()
                && !damaged.contains(segment.baseOffset())
                && partition.sealedSegments().isForced(segment);
    }

    /** Returns whether the segment holds, durably, nothing any more that the filter does not keep. */
    boolean rewrite(Segment segment, RecordFilter filter) throws IOException {
        RewrittenSegment rewritten;
        try (SegmentRewriter rewriter =
                new SegmentRewriter(context.buffers(), pace, partition.sealedSegments()::remembers)) {
            rewritten = rewriter.rewrite(segment, filter);
        } catch (PortaskException e) {
            if (e.code() != ErrorCode.CORRUPT_STORE && e.code() != ErrorCode.CORRUPT_BATCH) {
                throw e;
            }
            damaged.add(segment.baseOffset());
            Logs.STORE.error(
                    "{} is damaged and keeps all its messages", segment.file().path(), e);
            return false;
        }
        if (rewritten == null) {
            return true;
        }
        int before = segment.size();
        Boolean done = context.housekeeper()
                .await("Replacing a segment in", partition.directory(), () -> replace(segment, rewritten));
        if (done == null || !done) {
            return false;
        }
        meters.rewritten().increment(Math.max(0, before - rewritten.size()));
        Logs.STORE.debug(
                "Removed {} records from {}: {} bytes became {}",
                rewritten.removed(),
                segment.file().path(),
                before,
                rewritten.size());
        return true;
    }

    private boolean replace(Segment before, RewrittenSegment rewritten) throws IOException {
        Disk disk = context.files().disk();
        if (partition.isRetired() || !partition.sealedSegments().contains(before)) {
            disk.delete(rewritten.file());
            return false;
        }
        before.preserve();
        IOException failure;
        try {
            disk.delete(before.indexPath());
            disk.forceDirectory(partition.directory());
            before.retire();
            failure = move(disk, rewritten.file(), before.file().path());
            Segment after = failure == null
                    ? segment(before, rewritten.size(), rewritten.index())
                    : segment(before, before.size(), before.openIndex());
            partition.sealedSegments().replace(before, after);
            before.supersede();
            after.seal();
        } finally {
            before.file().unpin();
        }
        if (failure != null) {
            throw failure;
        }
        disk.forceDirectory(partition.directory());
        return true;
    }

    private static @Nullable IOException move(Disk disk, Path from, Path to) {
        try {
            disk.move(from, to);
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    private Segment segment(Segment before, int size, SegmentIndex index) {
        LogFile file = context.files().file(before.file().path());
        Segment after = new Segment(before.baseOffset(), file, context.buffers());
        after.restore(size, before.nextOffset(), index);
        return after;
    }
}
