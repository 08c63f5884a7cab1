package io.portask.store.memory;

import io.portask.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A run of consecutive batches in one direct buffer, append-only: what was written is never changed, so that slices of it
 * are read while more is appended. Its memory is freed when nobody holds it or a slice of it any more. Guarded by the
 * partition's lock, the slices excepted.
 */
final class MemoryChunk {
    static final int MIN_CAPACITY = 4 << 10;
    static final int MAX_CAPACITY = 1 << 20;

    private final ByteBuffer buffer;
    private final ByteBuffer readable;
    private int[] positions = new int[8];
    private int count;
    private int size;
    private long nextOffset;
    private long maxTimestamp = -1;
    private long changedMs;

    MemoryChunk(ByteBuffer buffer) {
        this.buffer = buffer;
        this.readable = buffer.asReadOnlyBuffer();
    }

    /** The capacity of the chunk after one of {@code previous} bytes that has to take {@code needed}. */
    static int nextCapacity(int previous, int needed) {
        return Math.max(needed, Math.min(MAX_CAPACITY, Math.max(MIN_CAPACITY, 2 * previous)));
    }

    boolean hasRoom(int bytes) {
        return bytes <= buffer.capacity() - size;
    }

    int capacity() {
        return buffer.capacity();
    }

    /** The bytes in use. */
    int size() {
        return size;
    }

    /** The offset after the last batch. */
    long nextOffset() {
        return nextOffset;
    }

    /** Copies the batch, gives the copy its base offset and leaves {@code batch} at the copy. */
    void append(RecordBatch batch, long baseOffset) {
        int bytes = batch.sizeInBytes();
        buffer.put(size, batch.buffer(), batch.start(), bytes);
        batch.wrap(buffer, size).baseOffset(baseOffset);
        if (count == positions.length) {
            positions = Arrays.copyOf(positions, 2 * count);
        }
        positions[count++] = size;
        size += bytes;
        nextOffset = batch.nextOffset();
        maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp());
    }

    /** Takes note that batches were appended, by the store's clock. */
    void changed(long nowMs) {
        changedMs = nowMs;
    }

    long changedMs() {
        return changedMs;
    }

    /** The newest timestamp of any batch; negative if there is none. */
    long maxTimestamp() {
        return maxTimestamp;
    }

    int batchCount() {
        return count;
    }

    RecordBatch batch(int index, RecordBatch flyweight) {
        return flyweight.wrap(buffer, positions[index]);
    }

    /** The batch that contains an offset of this chunk. */
    int indexOf(long offset) {
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (baseOffset(middle) <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** The index after the last batch that fits into {@code maxBytes} from the batch {@code first} on, at least the next one. */
    int endIndex(int first, int maxBytes) {
        long limit = positions[first] + (long) maxBytes;
        if (size <= limit) {
            return count;
        }
        int found = Arrays.binarySearch(positions, first, count, (int) limit);
        return Math.max(first + 1, found >= 0 ? found : -found - 2);
    }

    long nextOffset(int endIndex) {
        return endIndex == count ? nextOffset : baseOffset(endIndex);
    }

    /** The bytes of some batches, read-only and in place. */
    ByteBuffer slice(int firstIndex, int endIndex) {
        int from = positions[firstIndex];
        return readable.slice(from, (endIndex == count ? size : positions[endIndex]) - from);
    }

    private long baseOffset(int index) {
        return buffer.getLong(positions[index] + RecordBatch.BASE_OFFSET_OFFSET);
    }
}
