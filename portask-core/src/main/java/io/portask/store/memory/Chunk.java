package io.portask.store.memory;

import io.portask.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A run of consecutive batches in one piece of direct memory, with an index entry for every {@value #INDEX_INTERVAL} bytes. What was
 * written never changes, so readers need no lock once they know where to read. Guarded by the partition's lock.
 */
final class Chunk {
    private static final int INDEX_INTERVAL = 16 * 1024;

    private final ByteBuffer memory;
    private final RecordBatch batch = new RecordBatch();
    private final long baseOffset;
    private long[] indexOffsets = new long[4];
    private int[] indexPositions = new int[4];
    private int indexSize;
    private int used;
    private long nextOffset;
    private long maxTimestamp = Long.MIN_VALUE;

    Chunk(int capacity, long baseOffset) {
        this.memory = ByteBuffer.allocateDirect(capacity);
        this.baseOffset = baseOffset;
        this.nextOffset = baseOffset;
    }

    long baseOffset() {
        return baseOffset;
    }

    long nextOffset() {
        return nextOffset;
    }

    boolean contains(long offset) {
        return offset >= baseOffset && offset < nextOffset;
    }

    long maxTimestamp() {
        return maxTimestamp;
    }

    int used() {
        return used;
    }

    int capacity() {
        return memory.capacity();
    }

    boolean hasRoomFor(int bytes) {
        return memory.capacity() - used >= bytes;
    }

    /** Copies one batch of {@code source}, whose offsets are set, behind the others. */
    void append(ByteBuffer source, int start, int size) {
        memory.put(used, source, start, size);
        batch.wrap(memory, used);
        if (indexSize == 0 || used - indexPositions[indexSize - 1] >= INDEX_INTERVAL) {
            addIndexEntry(batch.baseOffset(), used);
        }
        used += size;
        nextOffset = batch.nextOffset();
        maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp());
    }

    private void addIndexEntry(long offset, int position) {
        if (indexSize == indexPositions.length) {
            indexOffsets = Arrays.copyOf(indexOffsets, indexSize * 2);
            indexPositions = Arrays.copyOf(indexPositions, indexSize * 2);
        }
        indexOffsets[indexSize] = offset;
        indexPositions[indexSize++] = position;
    }

    /** Where the batch that holds {@code offset} starts. */
    int positionOf(long offset) {
        int entry = Arrays.binarySearch(indexOffsets, 0, indexSize, offset);
        int position = indexPositions[entry >= 0 ? entry : Math.max(0, -entry - 2)];
        while (batch.wrap(memory, position).nextOffset() <= offset) {
            position += batch.sizeInBytes();
        }
        return position;
    }

    /** Where the last batch ends that still fits into {@code maxBytes} from {@code position} on; at least one is taken. */
    int endOfWholeBatches(int position, int maxBytes) {
        if (used - position <= maxBytes) {
            return used;
        }
        int end = position + batch.wrap(memory, position).sizeInBytes();
        while (end < used && end + batch.wrap(memory, end).sizeInBytes() - position <= maxBytes) {
            end += batch.sizeInBytes();
        }
        return end;
    }

    /** The batch at a position, to be looked at under the lock. */
    RecordBatch batchAt(int position) {
        return batch.wrap(memory, position);
    }

    /** A read-only view for readers. */
    ByteBuffer slice(int position, int end) {
        return memory.slice(position, end - position).asReadOnlyBuffer();
    }

    ByteBuffer memory() {
        return memory;
    }
}
