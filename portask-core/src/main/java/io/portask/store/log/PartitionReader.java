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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one partition, without its lock, on any thread. What it returns was checked against its checksums and lies in a
 * pooled buffer of its own, so that nothing that happens to the segment afterwards can change it. With {@link
 * ReadVerification#ONCE}, whole index intervals that were checked before are returned as {@link FileRegion}s.
 *
 * <p>A read that cannot reach the end of its segment ends, where it can, between two index intervals: so the next begins with an
 * interval, knows where it lies without looking for it, and can check it as a whole.
 */
final class PartitionReader {
    private static final ByteSource NOTHING = ByteSource.of(ByteBuffer.allocate(0));
    private static final int MIN_WINDOW = 4096;

    private final LogPartition partition;
    private final BufferPool pool;
    private final boolean verifyOnce;

    PartitionReader(LogPartition partition, BufferPool pool, ReadVerification verification) {
        this.partition = partition;
        this.pool = pool;
        this.verifyOnce = verification == ReadVerification.ONCE;
    }

    /**
     * A trim or a rewriting of the segment in the middle of it makes it begin again: the bytes may hold messages whose deletion
     * was forgotten meanwhile because they are gone, and a segment taken out may have made it look into the next.
     */
    FetchResult read(long offset, int maxBytes) throws IOException {
        while (true) {
            long end = partition.endOffset();
            checkReadable(offset);
            if (offset >= end) {
                return new FetchResult(partition.startOffset(), end, offset, NOTHING);
            }
            try {
                Segment segment = partition.segments().find(offset);
                int limit = segment.size();
                FetchResult result = read(segment, segment.openIndex(), limit, offset, maxBytes);
                if (!segment.isSuperseded() && offset >= partition.startOffset()) {
                    return result;
                }
                result.close();
            } catch (RetiredFileException e) {
                checkStillHere(offset);
            }
        }
    }

    /** A file that disappears under a read was trimmed away or replaced; the next look tells. Otherwise all of it is going. */
    private void checkStillHere(long offset) {
        checkReadable(offset);
        if (partition.isRetired()) {
            throw partition.retiredBecause();
        }
        Thread.onSpinWait();
    }

    private void checkReadable(long offset) {
        partition.checkNotBeyondEnd(offset);
        if (offset < partition.startOffset()) {
            throw PartitionErrors.outOfRange(partition.name(), offset, partition.startOffset(), partition.endOffset());
        }
    }

    /** Where a read should end that begins at {@code position} of a segment of {@code limit} bytes. */
    private static int end(SegmentIndex index, int limit, int position, int maxBytes) {
        long most = (long) position + maxBytes;
        if (most >= limit) {
            return limit;
        }
        int last = index.entryAtPosition((int) most);
        return last >= 0 && index.positionAt(last) > position ? index.positionAt(last) : (int) most;
    }

    /** @param limit the size of the segment when the read began; looked at before its index */
    private FetchResult read(Segment segment, SegmentIndex index, int limit, long offset, int maxBytes)
            throws IOException {
        int entry = index.entryOf(offset);
        boolean exact = entry >= 0 && index.offsetAt(entry) == offset;
        if (exact && verifyOnce) {
            FetchResult verified = verifiedBefore(segment, index, limit, entry, maxBytes);
            if (verified != null) {
                return verified;
            }
        }
        int position = entry < 0 ? 0 : index.positionAt(entry);
        long expected = entry < 0 ? segment.baseOffset() : index.offsetAt(entry);
        int most = Math.max(MIN_WINDOW, maxBytes);
        int windowSize = exact
                ? Math.max(end(index, limit, position, maxBytes) - position, Math.min(MIN_WINDOW, limit - position))
                : (int) Math.min((long) most + SegmentIndex.INTERVAL_BYTES, limit - position);
        BufferPool.Pooled window = pool.acquire(Math.max(windowSize, 0));
        boolean kept = false;
        try {
            while (true) {
                fill(window, segment, position, offset);
                int found = find(window, segment, position, expected, offset);
                int at = Math.abs(found);
                if (found >= 0 && isWhole(window, found)) {
                    kept = true;
                    int end = end(index, limit, position + found, maxBytes) - position;
                    return take(window, segment, index, offset, position, found, end);
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
                window = pool.acquire((int) Math.min(Math.max(needed, most), limit - position));
            }
        } finally {
            if (!kept) {
                window.release();
            }
        }
    }

    /** The intervals from this entry on as they lie in the file, if there is one that was verified and lost no message. */
    private @Nullable FetchResult verifiedBefore(
            Segment segment, SegmentIndex index, int limit, int entry, int maxBytes) throws IOException {
        int position = index.positionAt(entry);
        int end = end(index, limit, position, maxBytes);
        int after = entry;
        while (after + 1 < index.count() && index.positionAt(after + 1) <= end && index.isVerified(after)) {
            after++;
        }
        if (after == entry) {
            return null;
        }
        long next = index.offsetAt(after);
        if (partition.deleted().intersects(index.offsetAt(entry), next - 1)) {
            return null;
        }
        FileRegion region = FileRegion.open(segment.file(), pool, position, index.positionAt(after) - position);
        return new FetchResult(partition.startOffset(), Math.max(partition.endOffset(), next), next, region);
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

    /**
     * As many good batches as fit; the first in any case.
     *
     * @param position where in the segment the window begins
     * @param first where in the window the first batch begins
     * @param end where in the window the others should end
     */
    private FetchResult take(
            BufferPool.Pooled window,
            Segment segment,
            SegmentIndex index,
            long offset,
            int position,
            int first,
            int end) {
        ByteBuffer buffer = window.buffer;
        RecordBatch batch = window.batch;
        int interval = verifyOnce ? index.entryAtPosition(position + first) : -1;
        long next = -1;
        boolean filter = false;
        int at = first;
        while (true) {
            long size = buffer.limit() - at < RecordBatch.HEADER_SIZE ? -1 : sizeOrMinus(buffer, at);
            if (size < 0 || size > buffer.limit() - at || (at > first && at + size > end)) {
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
            interval = markVerified(index, interval, position + first, position + at, next);
        }
        buffer.limit(at).position(first);
        BufferPool.Pooled result = filter ? withoutDeleted(window) : window;
        return new FetchResult(
                partition.startOffset(), Math.max(partition.endOffset(), next), next, new PooledSource(result));
    }

    /**
     * Notes an interval of which every batch was checked.
     *
     * @param interval the entry before or at which {@code checkedTo} lay until now; -1 to note nothing
     * @return the same for the batch at {@code checkedTo}, whose base offset must be {@code next}
     */
    private static int markVerified(SegmentIndex index, int interval, int checkedFrom, int checkedTo, long next) {
        int following = interval + 1;
        if (interval < 0 || following >= index.count() || index.positionAt(following) > checkedTo) {
            return interval;
        }
        if (index.positionAt(following) < checkedTo || index.offsetAt(following) != next) {
            return -1;
        }
        if (index.positionAt(interval) >= checkedFrom) {
            index.markVerified(interval);
        }
        return following;
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
                        if (segment.isSuperseded()) {
                            throw new RetiredFileException(segment.file().path());
                        }
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

    /** Those of some offsets, ascending and before the end, that hold a message. */
    List<Long> heldAmong(List<Long> offsets) throws IOException {
        List<Long> held = new ArrayList<>(offsets.size());
        try (RecordReader records = new RecordReader()) {
            int at = 0;
            while (at < offsets.size()) {
                if (offsets.get(at) < partition.startOffset()) {
                    at++;
                    continue;
                }
                try (FetchResult result = read(offsets.get(at), 1)) {
                    ByteBuffer batches = result.batches().buffer();
                    records.wrap(new RecordBatch().wrap(batches, batches.position()));
                    while (records.next()) {
                        while (at < offsets.size() && offsets.get(at) < records.offset()) {
                            at++;
                        }
                        if (at < offsets.size() && offsets.get(at) == records.offset()) {
                            held.add(offsets.get(at++));
                        }
                    }
                    while (at < offsets.size() && offsets.get(at) < result.nextOffset()) {
                        at++;
                    }
                } catch (PortaskException e) {
                    if (offsets.get(at) >= partition.startOffset()) {
                        throw e;
                    }
                }
            }
        }
        return held;
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
