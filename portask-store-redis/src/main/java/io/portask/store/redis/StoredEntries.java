package io.portask.store.redis;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordBatches;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;

/** Turns entries into checked batches. */
final class StoredEntries {
    private static final int BUILDER_BYTES = 4096;

    private final TopicPartition partition;
    private final long offset;
    private final int maxBytes;
    private final PartitionEntries found;
    private final List<ByteBuffer> batches = new ArrayList<>();
    private long next;
    private int bytes;

    StoredEntries(TopicPartition partition, long offset, int maxBytes, PartitionEntries found) {
        this.partition = partition;
        this.offset = offset;
        this.maxBytes = maxBytes;
        this.found = found;
        this.next = offset;
    }

    long startOffset() {
        return found.startOffset();
    }

    long endOffset() {
        return found.endOffset();
    }

    FetchResult toResult() {
        if (offset < startOffset() || offset > endOffset()) {
            throw new PortaskException(
                    ErrorCode.OFFSET_OUT_OF_RANGE,
                    "Offset " + offset + " of " + partition + " is outside " + startOffset() + " to " + endOffset());
        }
        if (offset == endOffset()) {
            return new FetchResult(startOffset(), endOffset(), offset, ByteSource.of(ByteBuffer.allocate(0)));
        }
        check();
        hide(found.deleted());
        ByteBuf pooled = PooledByteBufAllocator.DEFAULT.directBuffer(bytes);
        batches.forEach(pooled::writeBytes);
        return new FetchResult(startOffset(), endOffset(), next, ByteSource.of(pooled.nioBuffer(), pooled::release));
    }

    /** Gives the batches their offsets, up to the first damaged one, which must not be the first of all. */
    private void check() {
        for (PartitionEntries.Entry entry : found.entries()) {
            if (!check(entry.next(), entry.content())) {
                return;
            }
        }
        if (batches.isEmpty()) {
            throw damaged("no entry holds it", endOffset());
        }
    }

    /** @return false if the result ends here */
    private boolean check(long entryNext, EntryBatches entry) {
        String problem = entry.problem();
        if (problem != null) {
            return endsBefore("entry " + entryNext + "-0: " + problem, entryNext);
        }
        long base = entryNext - entry.offsets();
        if (batches.isEmpty() ? base > offset : base != next) {
            return endsBefore("the next entry begins with offset " + base, base);
        }
        RecordBatch flyweight = new RecordBatch();
        for (ByteBuffer batch : entry.batches()) {
            long batchNext = base + flyweight.wrap(batch, 0).lastOffsetDelta() + 1L;
            if (batchNext > offset) {
                if (!batches.isEmpty() && bytes + batch.remaining() > maxBytes) {
                    return false;
                }
                String wrong = EntryBatches.problem(flyweight, batch);
                if (wrong != null) {
                    return endsBefore("entry " + entryNext + "-0: " + wrong, batchNext);
                }
                flyweight.baseOffset(base);
                next = batchNext;
                batches.add(batch);
                bytes += batch.remaining();
            }
            base = batchNext;
        }
        return true;
    }

    private boolean endsBefore(String problem, long goodOffset) {
        if (batches.isEmpty()) {
            throw damaged(problem, goodOffset);
        }
        return false;
    }

    private PortaskException damaged(String problem, long goodOffset) {
        return new PortaskException(
                ErrorCode.CORRUPT_STORE,
                partition + " is damaged in Redis at offset " + offset + ": " + problem + ". Read on at offset "
                        + goodOffset);
    }

    private void hide(NavigableSet<Long> deleted) {
        if (deleted.isEmpty()) {
            return;
        }
        bytes = 0;
        try (RecordReader records = new RecordReader();
                RecordBatchBuilder builder = new RecordBatchBuilder(BUILDER_BYTES)) {
            RecordBatch batch = new RecordBatch();
            for (int i = 0; i < batches.size(); i++) {
                batch.wrap(batches.get(i), 0);
                long first = batch.baseOffset();
                long last = batch.lastOffset();
                if (!deleted.subSet(first, true, last, true).isEmpty()) {
                    ByteBuffer kept = RecordBatches.filter(batch, it -> !deleted.contains(it), records, builder);
                    batches.set(
                            i, ByteBuffer.allocate(kept.remaining()).put(kept).flip());
                }
                bytes += batches.get(i).remaining();
            }
        }
    }
}
