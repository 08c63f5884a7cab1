package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The direct buffers of one loop, on its thread. Four size classes per power of two, from 1 KiB. Lent and kept buffers
 * together never exceed the limit, and no more than half of it is kept; the rest goes back to the garbage collector.
 */
final class BufferPool {
    private static final int MIN_BYTES = 1024;
    private static final int CLASSES_PER_DOUBLING_BITS = 2;

    private final Int2ObjectHashMap<Deque<ByteBuffer>> kept = new Int2ObjectHashMap<>();
    private final long limitBytes;
    private long lentBytes;
    private long keptBytes;

    BufferPool(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** The capacity of the buffer that is lent for so many bytes: the least size class that holds them. */
    static int classFor(int bytes) {
        if (bytes <= MIN_BYTES) {
            return MIN_BYTES;
        }
        int step = Math.max(1, Integer.highestOneBit(bytes - 1) >> CLASSES_PER_DOUBLING_BITS);
        return (int) Math.min(Integer.MAX_VALUE, ((bytes - 1L) / step + 1) * step);
    }

    /**
     * A cleared buffer of at least so many bytes. Its content is undefined.
     *
     * @throws PortaskException {@link ErrorCode#OVERLOADED} when the limit does not allow it
     */
    ByteBuffer borrow(int bytes) {
        int capacity = classFor(bytes);
        ByteBuffer buffer = take(capacity);
        if (buffer == null) {
            if (lentBytes + capacity > limitBytes) {
                throw overloaded("maxBufferBytes allows no more", null);
            }
            if (lentBytes + keptBytes + capacity > limitBytes) {
                kept.clear();
                keptBytes = 0;
            }
            buffer = allocate(capacity);
        }
        lentBytes += capacity;
        return buffer.clear();
    }

    void giveBack(ByteBuffer buffer) {
        int capacity = buffer.capacity();
        lentBytes -= capacity;
        if (keptBytes + capacity <= limitBytes / 2) {
            keptBytes += capacity;
            kept.computeIfAbsent(capacity, any -> new ArrayDeque<>()).push(buffer);
        }
    }

    long lentBytes() {
        return lentBytes;
    }

    long keptBytes() {
        return keptBytes;
    }

    private @Nullable ByteBuffer take(int capacity) {
        Deque<ByteBuffer> free = kept.get(capacity);
        ByteBuffer buffer = free == null ? null : free.poll();
        if (buffer != null) {
            keptBytes -= capacity;
        }
        return buffer;
    }

    private static ByteBuffer allocate(int capacity) {
        try {
            return ByteBuffer.allocateDirect(capacity);
        } catch (OutOfMemoryError e) {
            throw overloaded("the JVM's direct memory is used up", e);
        }
    }

    private static PortaskException overloaded(String why, @Nullable Throwable cause) {
        return new PortaskException(
                ErrorCode.OVERLOADED, "No memory for the buffers of this connection: " + why, cause);
    }
}
