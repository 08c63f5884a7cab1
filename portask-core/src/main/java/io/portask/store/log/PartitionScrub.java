package io.portask.store.log;

import io.portask.store.ScrubReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads every batch of an open partition up to its end and compares the checksums, without the partition's lock and at a pace of its
 * own. One run, one thread. What is trimmed or appended meanwhile is left out.
 */
final class PartitionScrub {
    private final LogPartition partition;
    private final BufferPool buffers;
    private final IoPace pace;
    private final BooleanSupplier cancelled;

    private long batches;
    private long bytes;
    private final List<ScrubReport.Problem> problems = new ArrayList<>();

    /** @param cancelled looked at after each batch */
    PartitionScrub(LogPartition partition, BufferPool buffers, IoPace pace, BooleanSupplier cancelled) {
        this.partition = partition;
        this.buffers = buffers;
        this.pace = pace;
        this.cancelled = cancelled;
    }

    /** The report; null if it was cancelled. */
    @Nullable
    ScrubReport run() throws IOException {
        long end = partition.endOffset();
        long next = partition.startOffset();
        Segment segment = following(-1);
        while (segment != null && segment.baseOffset() < end) {
            if (segment.baseOffset() > next) {
                missing(next, segment.baseOffset() - 1);
            }
            Walk walk = new Walk(segment);
            try {
                next = Math.max(next, walk.run());
            } catch (RetiredFileException e) {
                if (partition.isRetired()) {
                    throw partition.retiredBecause();
                }
                segment = following(segment.baseOffset() - 1);
                continue;
            } catch (IOException e) {
                next = Math.max(next, walk.unreadable(e));
            }
            if (cancelled.getAsBoolean()) {
                return null;
            }
            walk.settle();
            segment = following(segment.baseOffset());
        }
        if (next < end) {
            missing(next, end - 1);
        }
        return new ScrubReport(batches, bytes, problems);
    }

    /** The first segment behind an offset, by the list as it is now: trimming and rewriting change it. */
    private @Nullable Segment following(long offset) {
        for (Segment segment : partition.segments().all()) {
            if (segment.baseOffset() > offset) {
                return segment;
            }
        }
        return null;
    }

    private void missing(long first, long last) {
        add(new ScrubReport.Problem(first, last, "no file holds them"));
    }

    private void add(ScrubReport.Problem problem) {
        if (problem.lastOffset() >= partition.startOffset() && problems.size() < ScrubReport.MAX_PROBLEMS) {
            problems.add(problem);
        }
    }

    /** One segment. It counts for itself, because a file that is replaced meanwhile is read again. */
    private final class Walk implements SegmentWalk.Visitor {
        private final Segment segment;
        private final long segmentEnd;
        private final long sizeInBytes;
        private final List<ScrubReport.Problem> found = new ArrayList<>();
        private long good;
        private long goodBytes;
        private long position;
        private long covered;

        Walk(Segment segment) {
            this.segment = segment;
            this.covered = segment.baseOffset();
            Segment behind = following(segment.baseOffset());
            this.segmentEnd = behind == null ? segment.nextOffset() : behind.baseOffset();
            this.sizeInBytes = segment.size();
        }

        /** Returns the offset behind all that was found good or damaged. */
        long run() throws IOException {
            SegmentWalk.walk(segment.file(), sizeInBytes, segment.baseOffset(), buffers, this);
            return covered;
        }

        long unreadable(IOException error) {
            damaged(position, sizeInBytes, covered, segmentEnd - 1, String.valueOf(error.getMessage()));
            return covered;
        }

        void settle() {
            batches += good;
            bytes += goodBytes;
            found.forEach(PartitionScrub.this::add);
        }

        @Override
        public boolean onBatch(SegmentScanner at) {
            good++;
            goodBytes += at.batch().sizeInBytes();
            position = at.end();
            covered = at.nextOffset();
            pace.onRead(at.batch().sizeInBytes());
            return !cancelled.getAsBoolean();
        }

        @Override
        public void onDamage(long from, long to, long firstOffset, long nextOffset, String why) {
            damaged(from, to, firstOffset, nextOffset - 1, why);
        }

        @Override
        public void onTail(long from, long offset, String why) {
            damaged(from, sizeInBytes, offset, segmentEnd - 1, why);
        }

        private void damaged(long from, long to, long firstOffset, long lastOffset, String why) {
            if (found.size() < ScrubReport.MAX_PROBLEMS) {
                String text = segment.file().path() + " from byte " + from + " to " + to + ": " + why;
                found.add(new ScrubReport.Problem(firstOffset, Math.max(firstOffset, lastOffset), text));
            }
            position = to;
            covered = Math.max(covered, lastOffset + 1);
        }
    }
}
