package io.portask.client;

import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Hands chunks from the loop to the thread that polls, and their buffers back. Bounded by the credit of the subscriptions that
 * fill it. Any thread.
 */
final class ChunkQueue {
    private static final int MIN_BUFFER_BYTES = 4096;
    private static final int MAX_SPARE_BUFFERS = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Chunk> chunks = new ArrayDeque<>();
    private final Deque<ByteBuffer> spare = new ArrayDeque<>();
    private boolean wakeup;
    private boolean closed;

    /** A buffer with a copy of the bytes, to be given back with {@link #giveBack}. */
    ByteBuffer copy(ByteBuffer bytes) {
        ByteBuffer buffer = borrow(bytes.remaining());
        return buffer.put(bytes).flip();
    }

    private ByteBuffer borrow(int size) {
        lock.lock();
        try {
            ByteBuffer found = spare.poll();
            if (found != null && found.capacity() >= size) {
                return found.clear();
            }
        } finally {
            lock.unlock();
        }
        int rounded = Integer.highestOneBit(Math.max(size, MIN_BUFFER_BYTES) - 1) << 1;
        return ByteBuffer.allocateDirect(rounded > 0 ? rounded : size);
    }

    void giveBack(ByteBuffer buffer) {
        lock.lock();
        try {
            if (!closed && buffer.capacity() > 0 && spare.size() < MAX_SPARE_BUFFERS) {
                spare.push(buffer);
            }
        } finally {
            lock.unlock();
        }
    }

    void add(Chunk chunk) {
        lock.lock();
        try {
            if (!closed) {
                chunks.add(chunk);
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The next chunk; null if there is none. */
    @Nullable
    Chunk poll() {
        lock.lock();
        try {
            return chunks.poll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for a chunk. Null after the time, a {@link #wakeup()}, or closing.
     *
     * @throws PortaskException INTERRUPTED
     */
    @Nullable
    Chunk poll(long timeoutNs) {
        lock.lock();
        try {
            long left = timeoutNs;
            while (chunks.isEmpty() && !wakeup && !closed && left > 0) {
                left = changed.awaitNanos(left);
            }
            wakeup = false;
            return chunks.poll();
        } catch (InterruptedException e) {
            throw Blocking.interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    /** Ends the wait of the thread that polls, or of the next one that would wait. */
    void wakeup() {
        lock.lock();
        try {
            wakeup = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            chunks.clear();
            spare.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
