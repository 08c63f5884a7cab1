package io.portask.store.log;

import io.portask.record.RecordBatch;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Direct buffers that are used again, in power-of-two sizes. At most {@code maxPooledBytes} lie idle here; what is given
 * back beyond that, or is larger than {@value #MAX_POOLED_SIZE} bytes, is left to the garbage collector. Any thread.
 */
final class BufferPool {
    static final int MIN_SIZE = 4096;
    static final int MAX_POOLED_SIZE = 8 << 20;

    private final long maxPooledBytes;
    private final ArrayDeque<Pooled>[] idle;
    private long idleBytes;

    @SuppressWarnings({"unchecked", "rawtypes"})
    BufferPool(long maxPooledBytes) {
        this.maxPooledBytes = maxPooledBytes;
        this.idle = new ArrayDeque[sizeClass(MAX_POOLED_SIZE) + 1];
        for (int i = 0; i < idle.length; i++) {
            idle[i] = new ArrayDeque<>();
        }
    }

    /** A buffer and a flyweight to look into it. Position 0, limit as asked for, big-endian. */
    final class Pooled {
        final ByteBuffer buffer;
        final RecordBatch batch = new RecordBatch();

        private Pooled(int capacity) {
            this.buffer = ByteBuffer.allocateDirect(capacity);
        }

        /** Gives the buffer back. Once. */
        void release() {
            giveBack(this);
        }
    }

    Pooled acquire(int size) {
        Pooled pooled = size <= MAX_POOLED_SIZE ? poll(sizeClass(size)) : null;
        if (pooled == null) {
            pooled = new Pooled(size <= MAX_POOLED_SIZE ? MIN_SIZE << sizeClass(size) : size);
        }
        pooled.buffer.clear().limit(size);
        return pooled;
    }

    /** Drops what lies idle. */
    synchronized void clear() {
        for (ArrayDeque<Pooled> buffers : idle) {
            buffers.clear();
        }
        idleBytes = 0;
    }

    private synchronized @Nullable Pooled poll(int sizeClass) {
        Pooled pooled = idle[sizeClass].pollLast();
        if (pooled != null) {
            idleBytes -= pooled.buffer.capacity();
        }
        return pooled;
    }

    private synchronized void giveBack(Pooled pooled) {
        int capacity = pooled.buffer.capacity();
        if (capacity <= MAX_POOLED_SIZE && idleBytes + capacity <= maxPooledBytes) {
            idleBytes += capacity;
            idle[sizeClass(capacity)].addLast(pooled);
        }
    }

    private static int sizeClass(int size) {
        return size <= MIN_SIZE ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros((size - 1) / MIN_SIZE);
    }
}
