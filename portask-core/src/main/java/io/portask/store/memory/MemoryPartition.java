package io.portask.store.memory;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import io.portask.record.Durability;
import io.portask.record.RecordBatch;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import io.portask.store.PartitionInfo;
import io.portask.store.ProducerSequences;
import io.portask.store.ProducerSequences.StoredBatch;
import io.portask.store.TopicConfig;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** One partition: chunks in order of offset, and its producers' sequences. For any thread, under the one lock {@code this}. */
final class MemoryPartition {
    private final TopicPartition name;
    private final MemoryBudget budget;
    private final List<MemoryChunk> chunks = new ArrayList<>();
    private final ProducerSequences producers = new ProducerSequences();
    private final RecordBatch batch = new RecordBatch();
    private long startOffset;
    private long endOffset;
    private int lastCapacity;
    private boolean dropped;

    MemoryPartition(TopicPartition name, MemoryBudget budget) {
        this.name = name;
        this.budget = budget;
    }

    TopicPartition name() {
        return name;
    }

    synchronized AppendResult append(ByteBuffer batches, long nowMs) {
        checkPresent();
        int position = batches.position();
        checkWhole(batches);
        batch.wrap(batches, position);
        StoredBatch stored = producers.check(batch);
        if (stored != null) {
            return new AppendResult(stored.baseOffset(), stored.nextOffset(), Durability.NONE, true);
        }
        MemoryChunk chunk = chunkFor(batches.remaining());
        long baseOffset = endOffset;
        while (position < batches.limit()) {
            batch.wrap(batches, position);
            position += batch.sizeInBytes();
            chunk.append(batch, endOffset);
            producers.record(batch, endOffset);
            endOffset = batch.nextOffset();
        }
        chunk.changed(nowMs);
        return new AppendResult(baseOffset, endOffset, Durability.NONE, false);
    }

    /** Refuses, before anything is changed, what the copying loop could not finish. */
    private void checkWhole(ByteBuffer batches) {
        int count = 0;
        boolean idempotent = false;
        for (int position = batches.position(); position < batches.limit(); count++) {
            long size = RecordBatch.sizeAt(batches, position);
            if (size < 0 || size > batches.limit() - position) {
                throw new PortaskException(ErrorCode.CORRUPT_BATCH, "The last batch of the append is cut short");
            }
            idempotent |= batch.wrap(batches, position).hasProducerId();
            position += (int) size;
        }
        if (count == 0 || (idempotent && count > 1)) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "An append holds one batch of an idempotent producer or at least one without, not " + count);
        }
    }

    private MemoryChunk chunkFor(int bytes) {
        if (!chunks.isEmpty() && last().hasRoom(bytes)) {
            return last();
        }
        int capacity = MemoryChunk.nextCapacity(lastCapacity, bytes);
        MemoryChunk chunk = new MemoryChunk(budget.allocate(capacity));
        lastCapacity = Math.min(capacity, MemoryChunk.MAX_CAPACITY);
        chunks.add(chunk);
        return chunk;
    }

    synchronized FetchResult read(long offset, int maxBytes) {
        checkPresent();
        if (offset < startOffset || offset > endOffset) {
            throw outOfRange(offset);
        }
        if (offset == endOffset) {
            return new FetchResult(startOffset, endOffset, offset, ByteSource.of(ByteBuffer.allocate(0)));
        }
        MemoryChunk chunk = chunks.get(chunkIndex(offset));
        int first = chunk.indexOf(offset);
        int end = chunk.endIndex(first, Math.max(maxBytes, 0));
        return new FetchResult(startOffset, endOffset, chunk.nextOffset(end), ByteSource.of(chunk.slice(first, end)));
    }

    /** As {@link #read}, from the start where that has moved beyond the offset. */
    synchronized FetchResult scan(long offset, int maxBytes) {
        return read(Math.max(offset, startOffset), maxBytes);
    }

    /** The chunk that contains an offset before the end. */
    private int chunkIndex(long offset) {
        int low = 0;
        int high = chunks.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (chunks.get(middle).nextOffset() <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    synchronized long trim(long offset) {
        checkPresent();
        if (offset > endOffset) {
            throw outOfRange(offset);
        }
        dropBefore(offset);
        return startOffset;
    }

    private void dropBefore(long offset) {
        startOffset = Math.max(startOffset, offset);
        int passed = 0;
        while (passed < chunks.size() && chunks.get(passed).nextOffset() <= startOffset) {
            budget.release(chunks.get(passed++).capacity());
        }
        chunks.subList(0, passed).clear();
    }

    /** Drops whole chunks from the start, for their age or because the partition holds too much; the last one for its age only. */
    synchronized void enforceRetention(TopicConfig config, long nowMs) {
        long bytes = sizeInBytes();
        long start = startOffset;
        for (int i = 0; i < chunks.size(); i++) {
            MemoryChunk chunk = chunks.get(i);
            boolean tooMuch = chunk != last() && config.isExceeded(bytes, endOffset - start);
            if (!tooMuch && !config.isExpired(chunk.maxTimestamp(), chunk.changedMs(), nowMs)) {
                break;
            }
            bytes -= chunk.size();
            start = chunk.nextOffset();
        }
        dropBefore(start);
    }

    synchronized int delete(Collection<Long> offsets) {
        checkPresent();
        long[] wanted = offsets.stream()
                .mapToLong(Long::longValue)
                .filter(offset -> offset >= startOffset && offset < endOffset)
                .sorted()
                .distinct()
                .toArray();
        if (wanted.length == 0) {
            return 0;
        }
        try (MessageDeletion deletion = new MessageDeletion(wanted, budget)) {
            int from = chunkIndex(wanted[0]);
            int to = chunkIndex(wanted[wanted.length - 1]);
            List<MemoryChunk> copies = copyWithout(deletion, from, to);
            for (int i = from; i <= to; i++) {
                MemoryChunk copy = copies.get(i - from);
                MemoryChunk replaced = chunks.set(i, copy);
                if (copy != replaced) {
                    budget.release(replaced.capacity());
                }
            }
            return deletion.deleted();
        }
    }

    private List<MemoryChunk> copyWithout(MessageDeletion deletion, int from, int to) {
        List<MemoryChunk> copies = new ArrayList<>();
        try {
            for (int i = from; i <= to; i++) {
                MemoryChunk chunk = chunks.get(i);
                copies.add(deletion.apply(chunk, chunk == last() ? chunk.capacity() : 0));
            }
            return copies;
        } catch (PortaskException e) {
            for (int i = 0; i < copies.size(); i++) {
                if (copies.get(i) != chunks.get(from + i)) {
                    budget.release(copies.get(i).capacity());
                }
            }
            throw e;
        }
    }

    synchronized PartitionInfo describe() {
        checkPresent();
        return new PartitionInfo(name.partition(), startOffset, endOffset, sizeInBytes());
    }

    private long sizeInBytes() {
        long bytes = 0;
        for (MemoryChunk chunk : chunks) {
            bytes += chunk.size();
        }
        return bytes;
    }

    /** Frees everything; from now on the partition is unknown. */
    synchronized void drop() {
        dropped = true;
        chunks.forEach(chunk -> budget.release(chunk.capacity()));
        chunks.clear();
        producers.clear();
    }

    private void checkPresent() {
        if (dropped) {
            throw MemoryTopic.unknown(name.topic());
        }
    }

    private MemoryChunk last() {
        return chunks.get(chunks.size() - 1);
    }

    private PortaskException outOfRange(long offset) {
        return new PortaskException(
                ErrorCode.OFFSET_OUT_OF_RANGE,
                "Offset " + offset + " of " + name + " is out of range; valid is " + startOffset + " to " + endOffset);
    }
}
