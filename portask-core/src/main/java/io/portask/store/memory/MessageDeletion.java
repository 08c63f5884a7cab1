package io.portask.store.memory;

import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordBatches;
import io.portask.record.RecordReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Copies chunks without some messages. Runs under the partition's lock; readers of the old chunks are not disturbed. */
final class MessageDeletion implements AutoCloseable {
    private static final int BUILDER_CAPACITY = 16 << 10;

    private final long[] offsets;
    private final MemoryBudget budget;
    private final RecordReader reader = new RecordReader();
    private final RecordBatchBuilder builder = new RecordBatchBuilder(BUILDER_CAPACITY);
    private final RecordBatch batch = new RecordBatch();
    private int deleted;

    /** @param offsets of the messages to delete, ascending */
    MessageDeletion(long[] offsets, MemoryBudget budget) {
        this.offsets = offsets;
        this.budget = budget;
    }

    /** How many messages the copies hold less than the chunks. */
    int deleted() {
        return deleted;
    }

    /** A copy of at least {@code minCapacity}, or the chunk itself if it holds none of the messages. */
    MemoryChunk apply(MemoryChunk chunk, int minCapacity) {
        List<ByteBuffer> kept = new ArrayList<>(chunk.batchCount());
        int deletedBefore = deleted;
        int bytes = 0;
        for (int i = 0; i < chunk.batchCount(); i++) {
            ByteBuffer part = concerns(chunk.batch(i, batch)) ? filter() : chunk.slice(i, i + 1);
            kept.add(part);
            bytes += part.remaining();
        }
        if (deleted == deletedBefore) {
            return chunk;
        }
        MemoryChunk copy = new MemoryChunk(budget.allocateReplacement(Math.max(bytes, minCapacity)));
        copy.changed(chunk.changedMs());
        for (ByteBuffer part : kept) {
            batch.wrap(part, 0);
            copy.append(batch, batch.baseOffset());
        }
        return copy;
    }

    private boolean concerns(RecordBatch candidate) {
        int at = Arrays.binarySearch(offsets, candidate.baseOffset());
        int firstNotBefore = at >= 0 ? at : -at - 1;
        return firstNotBefore < offsets.length && offsets[firstNotBefore] <= candidate.lastOffset();
    }

    private ByteBuffer filter() {
        ByteBuffer filtered =
                RecordBatches.filter(batch, offset -> Arrays.binarySearch(offsets, offset) < 0, reader, builder);
        deleted += batch.recordCount() - builder.count();
        return ByteBuffer.allocate(filtered.remaining()).put(filtered).flip();
    }

    @Override
    public void close() {
        reader.close();
        builder.close();
    }
}
