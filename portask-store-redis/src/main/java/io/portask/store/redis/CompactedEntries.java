package io.portask.store.redis;

import io.portask.error.PortaskException;
import io.portask.record.Compression;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordBatches;
import io.portask.record.RecordReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes entries without some records of others, in the form in which {@code compact.lua} takes them. Batches that lose nothing stay byte
 * for byte; the others keep their first and last offset. Batches that lose everything become headers, and adjacent ones become one.
 * What is damaged stays as it is; when an entry was appended that does not tell is now, so that retention does not take it too early.
 * For one row of entries; one thread.
 */
final class CompactedEntries implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final int MAX_ENTRY_BYTES = 64 << 10;
    private static final int BUILDER_BYTES = 4096;
    private static final byte[] AS_IT_IS = {};
    private static final long NO_RUN = -1;
    private static final long NO_TIMESTAMP = -1;

    private final Predicate<RecordReader> keeps;
    private final long nowMs;
    private final RecordReader records = new RecordReader(Integer.MAX_VALUE);
    private final RecordBatchBuilder builder = new RecordBatchBuilder(BUILDER_BYTES);
    private final RecordBatch flyweight = new RecordBatch();
    private final List<byte[]> made = new ArrayList<>();
    private int count;

    private final List<byte[]> open = new ArrayList<>();
    private int openBytes;
    private long openNext;
    private long newest = NO_TIMESTAMP;
    private long openAppendedMs;

    /** When the entry was appended that is being added. */
    private long appendedMs;

    /** Offsets without records that have not become a header yet. */
    private long runStart = NO_RUN;

    private long runEnd;

    /** The offset behind all that was added. */
    private long next;

    private boolean damaged;

    /** @param keeps whether the record that the reader is at stays; the same however often it is asked */
    CompactedEntries(Predicate<RecordReader> keeps, long nowMs) {
        this.keeps = keeps;
        this.nowMs = nowMs;
    }

    /** Whether anything was damaged. */
    boolean damaged() {
        return damaged;
    }

    /** The offset behind all that was added. */
    long next() {
        return next;
    }

    /**
     * Adds an entry that lies behind those before. Offsets between them that no entry holds stay so.
     *
     * @throws PortaskException CORRUPT_STORE for one that does not lie there
     */
    void add(PartitionEntries.Entry entry) {
        if (entry.next() <= next) {
            throw RedisErrors.damaged("The order of entries", "two end before offset " + entry.next(), null);
        }
        List<ByteBuffer> kept = kept(entry);
        long base = entry.next() - entry.content().offsets();
        if (kept == null || base != next) {
            flush();
        }
        appendedMs = entry.appendedMs().orElse(nowMs);
        if (kept == null) {
            damaged = true;
            put(entry.next(), AS_IT_IS, entry.newestTimestamp(), appendedMs);
        } else {
            kept.forEach(this::add);
        }
        next = entry.next();
    }

    /** What is left of the batches; nothing if the entry is damaged. */
    private @Nullable List<ByteBuffer> kept(PartitionEntries.Entry entry) {
        if (entry.content().problem() != null) {
            return null;
        }
        List<ByteBuffer> kept = new ArrayList<>();
        long base = entry.next() - entry.content().offsets();
        try {
            for (ByteBuffer batch : entry.content().batches()) {
                flyweight.wrapChecked(batch, 0).baseOffset(base);
                base = flyweight.nextOffset();
                kept.add(filtered(batch));
            }
        } catch (PortaskException e) {
            LOG.warn("An entry up to offset {} is damaged and is not compacted", entry.next(), e);
            return null;
        }
        return kept;
    }

    /** The batch that the flyweight is at, or a copy without what goes. */
    private ByteBuffer filtered(ByteBuffer batch) {
        boolean all = true;
        records.wrap(flyweight);
        while (!flyweight.isControl() && records.next()) {
            all &= keeps.test(records);
        }
        if (all) {
            return batch;
        }
        ByteBuffer kept = RecordBatches.filter(flyweight, offset -> keeps.test(records), records, builder);
        return ByteBuffer.allocate(kept.remaining()).put(kept).flip();
    }

    private void add(ByteBuffer batch) {
        flyweight.wrap(batch, 0);
        long first = flyweight.baseOffset();
        long last = flyweight.lastOffset();
        long timestamp = flyweight.maxTimestamp();
        if (flyweight.recordCount() == 0 && !flyweight.isControl()) {
            if (runStart != NO_RUN && last - runStart > Integer.MAX_VALUE) {
                endRun();
            }
            runStart = runStart == NO_RUN ? first : runStart;
            runEnd = last;
        } else {
            endRun();
            addBatch(batch, last + 1);
            newest = Math.max(newest, timestamp);
        }
    }

    /** Puts one header in the place of all batches without records that were added last. */
    private void endRun() {
        if (runStart != NO_RUN) {
            ByteBuffer header = builder.reset()
                    .compression(Compression.NONE)
                    .baseOffset(runStart)
                    .lastOffsetDelta((int) (runEnd - runStart))
                    .build();
            runStart = NO_RUN;
            addBatch(header, runEnd + 1);
        }
    }

    private void addBatch(ByteBuffer batch, long batchNext) {
        if (openBytes + batch.remaining() > MAX_ENTRY_BYTES) {
            closeEntry();
        }
        byte[] bytes = new byte[batch.remaining()];
        batch.get(batch.position(), bytes);
        flyweight.wrap(ByteBuffer.wrap(bytes), 0).baseOffset(0);
        open.add(bytes);
        openBytes += bytes.length;
        openNext = batchNext;
        openAppendedMs = Math.max(openAppendedMs, appendedMs);
    }

    private void closeEntry() {
        if (openBytes > 0) {
            ByteBuffer all = ByteBuffer.allocate(openBytes);
            open.forEach(all::put);
            put(openNext, all.array(), newest, openAppendedMs);
            open.clear();
            openBytes = 0;
            newest = NO_TIMESTAMP;
            openAppendedMs = 0;
        }
    }

    private void put(long entryNext, byte[] content, long newestTimestamp, long appended) {
        count++;
        made.add(Keys.bytes(entryNext));
        made.add(content);
        made.add(Keys.bytes(newestTimestamp));
        made.add(Keys.bytes(appended));
    }

    private void flush() {
        endRun();
        closeEntry();
    }

    /** Their number, then each of them. */
    List<byte[]> finish() {
        flush();
        List<byte[]> all = new ArrayList<>(made.size() + 1);
        all.add(Keys.bytes(count));
        all.addAll(made);
        return all;
    }

    @Override
    public void close() {
        records.close();
        builder.close();
    }
}
