package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordBatches;
import io.portask.record.RecordReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Writes a sealed segment anew, without some of its records, to a file beside it. Batches that lose nothing stay byte for byte; the
 * others keep their first and last offset, so that offsets are dense still. Batches that lose everything become headers, and
 * adjacent ones become one header, but for those by which a producer's retry would be recognized. The segment itself is
 * not changed. One thread.
 */
final class SegmentRewriter implements AutoCloseable {
    static final String SUFFIX = ".rewrite";

    private static final int BUILDER_BYTES = 64 << 10;

    private final BufferPool pool;
    private final CleaningPace pace;
    private final Predicate<RecordBatch> needed;
    private final RecordReader records = new RecordReader();
    private final RecordBatchBuilder builder = new RecordBatchBuilder(BUILDER_BYTES);

    /** @param needed whether the header of a batch must stay by itself, though all its records go */
    SegmentRewriter(BufferPool pool, CleaningPace pace, Predicate<RecordBatch> needed) {
        this.pool = pool;
        this.pace = pace;
        this.needed = needed;
    }

    /**
     * @return null if the segment would lose nothing; then nothing was written
     * @throws PortaskException {@link ErrorCode#CORRUPT_STORE} for a segment with damage, which must stay as it is
     */
    @Nullable
    RewrittenSegment rewrite(Segment segment, RecordFilter filter) throws IOException {
        SegmentIndex index = new SegmentIndex();
        SegmentOutput output = null;
        long removed = 0;
        boolean done = false;
        try (SegmentScanner scanner =
                new SegmentScanner(segment.file(), segment.size(), 0, segment.baseOffset(), pool)) {
            while (scanner.next()) {
                RecordBatch batch = scanner.batch();
                pace.spend(batch.sizeInBytes());
                int lost = filter.concerns(batch) ? countLost(batch, filter) : 0;
                if (output == null && lost > 0) {
                    output = new SegmentOutput(segment.file(), temporaryPath(segment), index, pool, pace);
                    output.copyPrefix((int) scanner.position());
                }
                if (output == null) {
                    index.add(batch.baseOffset(), (int) scanner.position(), batch.maxTimestamp());
                } else {
                    write(batch, lost, filter, output);
                }
                removed += lost;
            }
            if (scanner.problem() != null || scanner.end() != segment.size()) {
                throw new PortaskException(
                        ErrorCode.CORRUPT_STORE,
                        segment.file().path() + " is damaged at byte " + scanner.end()
                                + " and stays as it is. Restore it from a backup");
            }
            if (output == null) {
                return null;
            }
            RewrittenSegment rewritten =
                    new RewrittenSegment(temporaryPath(segment), output.finish(builder), index, removed);
            done = true;
            return rewritten;
        } finally {
            if (output != null && !done) {
                output.discard();
            }
        }
    }

    static Path temporaryPath(Segment segment) {
        return segment.file().path().resolveSibling(Segment.fileName(segment.baseOffset(), SUFFIX));
    }

    /** Removes what a crash left of unfinished work. Before the partition is used. */
    static void discardUnfinished(Disk disk, Path partitionDirectory) throws IOException {
        if (disk.isDirectory(partitionDirectory)) {
            for (Path path : disk.list(partitionDirectory)) {
                if (path.toString().endsWith(SUFFIX)) {
                    disk.delete(path);
                }
            }
        }
    }

    private int countLost(RecordBatch batch, RecordFilter filter) {
        int lost = 0;
        records.wrap(batch);
        while (records.next()) {
            lost += filter.keeps(records) ? 0 : 1;
        }
        return lost;
    }

    private void write(RecordBatch batch, int lost, RecordFilter filter, SegmentOutput output) throws IOException {
        if (lost == batch.recordCount() && !batch.isControl() && !needed.test(batch)) {
            output.appendEmpty(batch.baseOffset(), batch.lastOffset(), builder);
            return;
        }
        output.endEmpty(builder);
        if (lost == 0) {
            output.append(batch.buffer(), batch.start(), batch);
        } else {
            RecordBatch kept = new RecordBatch();
            kept.wrap(RecordBatches.filter(batch, offset -> filter.keeps(records), records, builder), 0);
            output.append(kept.buffer(), 0, kept);
        }
    }

    @Override
    public void close() {
        records.close();
        builder.close();
    }
}
