package io.portask.http.host;

import io.portask.http.exchange.BodyException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A body that one thread reads while the connection's thread brings it. What waits in between is bounded. */
final class PipedBody extends InputStream implements RequestBody {
    private final int limit;
    private final Runnable onRoom;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Deque<ByteBuffer> parts = new ArrayDeque<>();
    private int waiting;
    private boolean full;
    private boolean ended;
    private @Nullable BodyException failure;

    /** @param onRoom is run on the reader's thread when more is wanted after it was not */
    PipedBody(int limit, Runnable onRoom) {
        this.limit = limit;
        this.onRoom = onRoom;
    }

    @Override
    public void onBytes(ByteBuffer part) {
        ByteBuffer copy = ByteBuffer.allocate(part.remaining()).put(part).flip();
        lock.lock();
        try {
            if (!ended) {
                parts.add(copy);
                waiting += copy.remaining();
                full = waiting >= limit;
                arrived.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onEnd() {
        end(null);
    }

    @Override
    public void fail(BodyException reason) {
        end(reason);
    }

    private void end(@Nullable BodyException reason) {
        lock.lock();
        try {
            ended = true;
            failure = reason;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean wantsMore() {
        lock.lock();
        try {
            return !full;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public InputStream stream() {
        return this;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        boolean room;
        int count;
        lock.lock();
        try {
            ByteBuffer part = await();
            if (part == null) {
                return -1;
            }
            count = Math.min(length, part.remaining());
            part.get(target, offset, count);
            if (!part.hasRemaining()) {
                parts.remove();
            }
            waiting -= count;
            room = full && waiting <= limit / 2;
            full &= !room;
        } finally {
            lock.unlock();
        }
        if (room) {
            onRoom.run();
        }
        return count;
    }

    private @Nullable ByteBuffer await() throws IOException {
        while (parts.isEmpty() && !ended) {
            try {
                arrived.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("Interrupted while reading a request's body");
            }
        }
        if (parts.isEmpty() && failure != null) {
            throw failure;
        }
        return parts.peek();
    }

    @Override
    public int available() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /** The rest is dropped as it comes. */
    @Override
    public void close() {
        boolean room;
        lock.lock();
        try {
            ended = true;
            parts.clear();
            waiting = 0;
            room = full;
            full = false;
        } finally {
            lock.unlock();
        }
        if (room) {
            onRoom.run();
        }
    }
}
