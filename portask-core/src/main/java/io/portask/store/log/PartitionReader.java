package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordBatches;
import io.portask.record.RecordReader;
import io.portask.store.FetchResult;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads one partition, without its lock, on any thread. What it returns was checked against its checksums and lies in a
 * pooled buffer of its own, so that nothing that happens to the segment afterwards can change it.
 */
final class PartitionReader {
    private static final ByteSource NOTHING = ByteSource.of(ByteBuffer.allocate(0));
    private static final int MIN_WINDOW = 4096;

    private final LogPartition partition;
    private final BufferPool pool;

    PartitionReader(LogPartition partition, BufferPool pool) {
        this.partition = partition;
        this.pool = pool;
    }

    FetchResult read(long offset, int maxBytes) throws IOException {
        while (true) {
            long end = partition.endOffset();
            checkReadable(offset);
            if (offset >= end) {
                return new FetchResult(partition.startOffset(), end, offset, NOTHING);
            }
            try {
                return read(partition.segments().find(offset), offset, maxBytes);
            } catch (RetiredFileException e) {
                checkStillHere(offset);
            }
        }
    }

    /** A file that disappears under a read was trimmed away; the next look tells. Otherwise all of it is going. */
    private void checkStillHere(long offset) {
        checkReadable(offset);
        if (partition.segments().find(offset).file().isRetiring()) {
            throw partition.retiredBecause();
        }
    }

    private void checkReadable(long offset) {
        partition.checkNotBeyondEnd(offset);
        if (offset < partition.startOffset()) {
            throw PartitionErrors.outOfRange(partition.name(), offset, partition.startOffset(), partition.endOffset());
        }
    }

    private FetchResult read(Segment segment, long offset, int maxBytes) throws IOException {
        int limit = segment.size();
        int wanted = Math.max(MIN_WINDOW, maxBytes);
        long entryOffset = segment.openIndex().baseOffsetOf(offset, segment.baseOffset());
        int position = segment.openIndex().positionOf(entryOffset);
        long expected = entryOffset;
        int windowSize = (int) Math.min((long) wanted + SegmentIndex.INTERVAL_BYTES, limit - position);
        BufferPool.Pooled window = pool.acquire(Math.max(windowSize, 0));
        boolean kept = false;
        try {
            while (true) {
                fill(window, segment, position, offset);
                int found = find(window, segment, position, expected, offset);
                int at = Math.abs(found);
                if (found >= 0 && isWhole(window, found)) {
                    kept = true;
                    return take(window, segment, position, found, offset, maxBytes);
                }
                if (at > limit - position) {
                    throw damaged(segment, position, offset, "a batch reaches beyond the end");
                }
                position += at;
                expected = found < 0 ? window.batch.nextOffset() : window.batch.baseOffset();
                long needed = found >= 0 ? RecordBatch.sizeAt(window.buffer, found) : RecordBatch.HEADER_SIZE;
                if (needed > limit - position) {
                    throw damaged(segment, position, offset, "the batch reaches beyond the end");
                }
                window.release();
                window = pool.acquire((int) Math.min(Math.max(needed, wanted), limit - position));
            }
        } finally {
            if (!kept) {
                window.release();
            }
        }
    }

    private void fill(BufferPool.Pooled window, Segment segment, int position, long offset) throws IOException {
        int size = window.buffer.limit();
        int got = segment.file().read(window.buffer, position);
        window.buffer.position(0);
        if (got < size || size < RecordBatch.HEADER_SIZE) {
            throw damaged(segment, position, offset, "the file ends too early");
        }
    }

    /**
     * Hops to the batch that contains {@code offset}. No checksum covers the base offsets, so each must be what the batch
     * before it, or the index, lets expect.
     *
     * @param first the base offset of the first batch in the window
     * @return where its header begins, or the negated place where to read on if it lies further behind
     */
    private int find(BufferPool.Pooled window, Segment segment, int position, long first, long offset) {
        ByteBuffer buffer = window.buffer;
        RecordBatch batch = window.batch;
        long expected = first;
        int at = 0;
        while (buffer.limit() - at >= RecordBatch.HEADER_SIZE) {
            int length = buffer.getInt(at + RecordBatch.LENGTH_OFFSET);
            batch.wrap(buffer, at);
            if (length < RecordBatch.HEADER_SIZE - RecordBatch.LENGTH_PREFIX_SIZE
                    || batch.baseOffset() != expected
                    || batch.lastOffsetDelta() < 0) {
                throw damaged(segment, position + at, offset, "no batch with this offset is where it should be");
            }
            expected = batch.nextOffset();
            if (expected > offset) {
                return at;
            }
            long next = (long) at + RecordBatch.LENGTH_PREFIX_SIZE + length;
            if (next > buffer.limit()) {
                return -(int) Math.min(next, Integer.MAX_VALUE);
            }
            at = (int) next;
        }
        return -at;
    }

    private static boolean isWhole(BufferPool.Pooled window, int at) {
        return RecordBatch.sizeAt(window.buffer, at) <= window.buffer.limit() - at;
    }

    /** As many good batches as fit; the first in any case. */
    private FetchResult take(
            BufferPool.Pooled window, Segment segment, int position, int first, long offset, int maxBytes) {
        ByteBuffer buffer = window.buffer;
        RecordBatch batch = window.batch;
        long next = -1;
        boolean filter = false;
        int at = first;
        while (true) {
            long size = buffer.limit() - at < RecordBatch.HEADER_SIZE ? -1 : sizeOrMinus(buffer, at);
            if (size < 0 || size > buffer.limit() - at || (at > first && at - first + size > maxBytes)) {
                break;
            }
            try {
                batch.wrapChecked(buffer, at);
            } catch (PortaskException e) {
                if (at > first) {
                    break;
                }
                window.release();
                throw damaged(segment, position + at, offset, String.valueOf(e.getMessage()));
            }
            if (at > first && batch.baseOffset() != next) {
                break;
            }
            next = batch.nextOffset();
            filter |= partition.deleted().intersects(batch.baseOffset(), batch.lastOffset());
            at += (int) size;
        }
        buffer.limit(at).position(first);
        BufferPool.Pooled result = filter ? withoutDeleted(window) : window;
        return new FetchResult(
                partition.startOffset(),
                Math.max(partition.endOffset(), next),
                next,
                ByteSource.of(result.buffer, result::release));
    }

    private static long sizeOrMinus(ByteBuffer buffer, int at) {
        int length = buffer.getInt(at + RecordBatch.LENGTH_OFFSET);
        return length < RecordBatch.HEADER_SIZE - RecordBatch.LENGTH_PREFIX_SIZE
                ? -1
                : (long) RecordBatch.LENGTH_PREFIX_SIZE + length;
    }

    /** The batches of a window, those rewritten that hold deleted messages. Releases the window. */
    private BufferPool.Pooled withoutDeleted(BufferPool.Pooled window) {
        ByteBuffer source = window.buffer;
        BufferPool.Pooled target = pool.acquire(source.remaining());
        try (RecordReader records = new RecordReader();
                RecordBatchBuilder builder = new RecordBatchBuilder(MIN_WINDOW)) {
            int end = source.limit();
            for (int at = source.position(); at < end; ) {
                RecordBatch batch = window.batch.wrap(source, at);
                int size = batch.sizeInBytes();
                ByteBuffer kept = source.duplicate().limit(at + size).position(at);
                if (partition.deleted().intersects(batch.baseOffset(), batch.lastOffset())) {
                    kept = RecordBatches.filter(
                            batch, offset -> !partition.deleted().contains(offset), records, builder);
                }
                if (kept.remaining() > target.buffer.remaining()) {
                    target = grown(target, kept.remaining() + end - at);
                }
                target.buffer.put(kept);
                at += size;
            }
        } finally {
            window.release();
        }
        target.buffer.flip();
        return target;
    }

    /** A rewritten batch may take more room than before: its records are packed anew, or not at all. */
    private BufferPool.Pooled grown(BufferPool.Pooled full, int more) {
        full.buffer.flip();
        BufferPool.Pooled larger = pool.acquire(full.buffer.remaining() + more);
        larger.buffer.put(full.buffer);
        full.release();
        return larger;
    }

    /** The offset of the first message not before {@code epochMs}, or the end. */
    long offsetForTimestamp(long epochMs) throws IOException {
        while (true) {
            long end = partition.endOffset();
            try (RecordReader records = new RecordReader()) {
                for (Segment segment : partition.segments().all()) {
                    if (segment.nextOffset() > partition.startOffset()
                            && segment.openIndex().maxTimestamp() >= epochMs) {
                        long found = find(segment, epochMs, records);
                        if (found >= 0) {
                            return Math.min(found, end);
                        }
                    }
                }
                return end;
            } catch (RetiredFileException e) {
                checkStillHere(Math.min(partition.startOffset(), end));
            }
        }
    }

    private long find(Segment segment, long epochMs, RecordReader records) throws IOException {
        int limit = segment.size();
        int position = segment.openIndex().positionForTimestamp(epochMs);
        while (limit - position >= RecordBatch.HEADER_SIZE) {
            BufferPool.Pooled window = pool.acquire(RecordBatch.HEADER_SIZE);
            try {
                fill(window, segment, position, segment.baseOffset());
                RecordBatch batch = window.batch.wrap(window.buffer, 0);
                long size = sizeOrMinus(window.buffer, 0);
                if (size < 0 || size > limit - position) {
                    throw damaged(segment, position, segment.baseOffset(), "no batch is where it should be");
                }
                if (batch.maxTimestamp() >= epochMs && batch.nextOffset() > partition.startOffset()) {
                    long found = find(segment, position, (int) size, epochMs, records);
                    if (found >= 0) {
                        return found;
                    }
                }
                position += (int) size;
            } finally {
                window.release();
            }
        }
        return -1;
    }

    private long find(Segment segment, int position, int size, long epochMs, RecordReader records) throws IOException {
        BufferPool.Pooled window = pool.acquire(size);
        try {
            fill(window, segment, position, segment.baseOffset());
            records.wrap(window.batch.wrapChecked(window.buffer, 0));
            while (records.next()) {
                long offset = records.offset();
                if (records.timestamp() >= epochMs
                        && offset >= partition.startOffset()
                        && !partition.deleted().contains(offset)) {
                    return offset;
                }
            }
            return -1;
        } catch (PortaskException e) {
            throw e.code() == ErrorCode.CORRUPT_STORE
                    ? e
                    : damaged(segment, position, segment.baseOffset(), String.valueOf(e.getMessage()));
        } finally {
            window.release();
        }
    }

    private PortaskException damaged(Segment segment, int position, long offset, String what) {
        return new PortaskException(
                ErrorCode.CORRUPT_STORE,
                partition.name() + " is damaged at offset " + offset + ", "
                        + segment.file().path() + " byte " + position + ": " + what + ". Read on at offset "
                        + goodOffsetAfter(segment, position, offset) + ", or restore the file from a backup");
    }

    private long goodOffsetAfter(Segment segment, int position, long offset) {
        long good = segment.goodOffsetAfter(position, offset);
        if (good > offset) {
            return good;
        }
        for (Segment later : partition.segments().all()) {
            if (later.baseOffset() > offset) {
                return later.baseOffset();
            }
        }
        return partition.endOffset();
    }
}
