package io.portask.store.memory;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import io.portask.record.Durability;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordBatches;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import io.portask.store.PartitionInfo;
import io.portask.store.ProducerSequences;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/** One partition's batches in chunks. Any thread; one short lock, never held while a reader uses what it got. */
final class MemoryPartition {
    private static final int FIRST_CHUNK_BYTES = 16 * 1024;
    private static final int MAX_CHUNK_BYTES = 1 << 20;

    private final TopicPartition name;
    private final MemoryBudget budget;
    private final ProducerSequences producers = new ProducerSequences();
    private final RecordBatch batch = new RecordBatch();
    private List<Chunk> chunks = new ArrayList<>();
    private long startOffset;
    private long endOffset;

    MemoryPartition(TopicPartition name, MemoryBudget budget) {
        this.name = name;
        this.budget = budget;
    }

    TopicPartition name() {
        return name;
    }

    synchronized AppendResult append(ByteBuffer batches) {
        ProducerSequences.StoredBatch stored = producers.check(batch.wrap(batches, batches.position()));
        if (stored != null) {
            return new AppendResult(stored.baseOffset(), stored.nextOffset(), Durability.NONE, true);
        }
        budget.take(batches.remaining());
        long first = endOffset;
        int position = batches.position();
        while (position < batches.limit()) {
            batch.wrap(batches, position).baseOffset(endOffset);
            int size = batch.sizeInBytes();
            chunkFor(size).append(batches, position, size);
            producers.record(batch, endOffset);
            endOffset = batch.nextOffset();
            position += size;
        }
        return new AppendResult(first, endOffset, Durability.NONE, false);
    }

    private Chunk chunkFor(int bytes) {
        Chunk last = chunks.isEmpty() ? null : chunks.get(chunks.size() - 1);
        if (last != null && last.hasRoomFor(bytes)) {
            return last;
        }
        int grown = last == null ? FIRST_CHUNK_BYTES : (int) Math.min(MAX_CHUNK_BYTES, last.capacity() * 2L);
        Chunk next = new Chunk(Math.max(bytes, grown), endOffset);
        chunks.add(next);
        return next;
    }

    synchronized FetchResult read(long offset, int maxBytes) {
        checkRange(offset);
        if (offset == endOffset) {
            return new FetchResult(startOffset, endOffset, offset, ByteSource.of(ByteBuffer.allocate(0)));
        }
        Chunk chunk = chunks.get(indexOf(offset));
        int start = chunk.positionOf(offset);
        int end = chunk.endOfWholeBatches(start, maxBytes);
        long next =
                end == chunk.used() ? chunk.nextOffset() : chunk.batchAt(end).baseOffset();
        return new FetchResult(startOffset, endOffset, next, ByteSource.of(chunk.slice(start, end)));
    }

    private void checkRange(long offset) {
        if (offset < startOffset || offset > endOffset) {
            throw new PortaskException(
                    ErrorCode.OFFSET_OUT_OF_RANGE,
                    "Offset " + offset + " of " + name + " is out of range; valid are " + startOffset + " to "
                            + endOffset);
        }
    }

    /** The chunk that holds an offset below the end. */
    private int indexOf(long offset) {
        int low = 0;
        int high = chunks.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (chunks.get(middle).baseOffset() <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    synchronized PartitionInfo describe() {
        long bytes = chunks.stream().mapToLong(Chunk::used).sum();
        return new PartitionInfo(name.partition(), startOffset, endOffset, bytes);
    }

    synchronized long offsetForTimestamp(long epochMs) {
        try (RecordReader reader = new RecordReader()) {
            for (Chunk chunk : chunks) {
                long found = chunk.maxTimestamp() < epochMs ? -1 : firstAtOrAfter(chunk, reader, epochMs);
                if (found >= 0) {
                    return found;
                }
            }
            return endOffset;
        }
    }

    private long firstAtOrAfter(Chunk chunk, RecordReader reader, long epochMs) {
        for (int position = 0;
                position < chunk.used();
                position += chunk.batchAt(position).sizeInBytes()) {
            RecordBatch candidate = chunk.batchAt(position);
            if (candidate.maxTimestamp() >= epochMs && candidate.nextOffset() > startOffset) {
                long found = firstAtOrAfter(reader.wrap(candidate), epochMs);
                if (found >= 0) {
                    return found;
                }
            }
        }
        return -1;
    }

    private long firstAtOrAfter(RecordReader reader, long epochMs) {
        while (reader.next()) {
            if (reader.timestamp() >= epochMs && reader.offset() >= startOffset) {
                return reader.offset();
            }
        }
        return -1;
    }

    synchronized long trim(long offset) {
        if (offset > endOffset) {
            checkRange(offset);
        }
        startOffset = Math.max(startOffset, offset);
        while (!chunks.isEmpty() && chunks.get(0).nextOffset() <= startOffset) {
            budget.giveBack(chunks.remove(0).used());
        }
        return startOffset;
    }

    synchronized int deleteMessages(Collection<Long> offsets) {
        Set<Long> unwanted = new HashSet<>();
        for (long offset : offsets) {
            if (offset >= startOffset && offset < endOffset) {
                unwanted.add(offset);
            }
        }
        int removed = 0;
        List<Chunk> kept = new ArrayList<>(chunks.size());
        try (RecordReader reader = new RecordReader();
                RecordBatchBuilder builder = new RecordBatchBuilder(FIRST_CHUNK_BYTES)) {
            for (Chunk chunk : chunks) {
                if (unwanted.stream().anyMatch(chunk::contains)) {
                    removed += rewrite(chunk, unwanted, reader, builder, kept);
                } else {
                    kept.add(chunk);
                }
            }
        }
        chunks = kept;
        return removed;
    }

    private int rewrite(
            Chunk chunk, Set<Long> unwanted, RecordReader reader, RecordBatchBuilder builder, List<Chunk> kept) {
        int removed = 0;
        RecordBatch original = new RecordBatch();
        List<ByteBuffer> rewritten = new ArrayList<>();
        int total = 0;
        for (int position = 0; position < chunk.used(); position += original.sizeInBytes()) {
            original.wrap(chunk.memory(), position);
            ByteBuffer result = chunk.slice(position, position + original.sizeInBytes());
            if (LongStream.rangeClosed(original.baseOffset(), original.lastOffset())
                    .anyMatch(unwanted::contains)) {
                ByteBuffer filtered =
                        RecordBatches.filter(original, offset -> !unwanted.contains(offset), reader, builder);
                removed += original.recordCount() - builder.count();
                result = ByteBuffer.allocate(filtered.remaining()).put(filtered).flip();
            }
            total += result.remaining();
            rewritten.add(result);
        }
        Chunk replacement = new Chunk(total, chunk.baseOffset());
        for (ByteBuffer each : rewritten) {
            replacement.append(each, 0, each.remaining());
        }
        kept.add(replacement);
        budget.giveBack(chunk.used() - total);
        return removed;
    }

    synchronized void clear() {
        chunks.forEach(chunk -> budget.giveBack(chunk.used()));
        chunks = new ArrayList<>();
    }
}
