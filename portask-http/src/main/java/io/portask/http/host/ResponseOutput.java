package io.portask.http.host;

import io.portask.error.PortaskException;
import io.portask.http.wire.ResponseEncoder;
import io.portask.net.Connection;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The way of one response's bytes from whatever thread makes them to the connection's, and there into the order of the
 * requests. Bytes on their way are counted, so that a thread that may wait can be made to.
 */
final class ResponseOutput {
    private static final int MAX_IN_TRANSIT = 64 << 10;

    private final HttpSession session;
    private final Connection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int inTransit;
    private volatile boolean room = true;
    private volatile @Nullable PortaskException closed;

    // On the connection's thread.
    private boolean first;
    private boolean ended;
    private @Nullable Deque<ByteBuffer> held;

    ResponseOutput(HttpSession session, Connection connection) {
        this.session = session;
        this.connection = connection;
    }

    // The handler's side, on any thread.

    /** Sends what the encoder holds, which is whole with the {@code last} call. */
    void send(ResponseEncoder encoder, boolean last) {
        send(encoder.take(), last);
    }

    /** Sends a copy of the bytes. */
    void send(ByteBuffer bytes, boolean last) {
        if (session.onThread()) {
            emit(bytes, last);
            return;
        }
        int count = bytes.remaining();
        ByteBuffer copy = copy(bytes);
        lock.lock();
        try {
            inTransit += count;
        } finally {
            lock.unlock();
        }
        connection.execute(() -> {
            emit(copy, last);
            arrived(count);
        });
    }

    /** Waits until the connection can take more. */
    void awaitRoom() throws IOException {
        lock.lock();
        try {
            while (closed == null && !isWritable()) {
                changed.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while writing a response");
        } finally {
            lock.unlock();
        }
        checkOpen();
    }

    void checkOpen() throws IOException {
        PortaskException reason = closed;
        if (reason != null) {
            throw new IOException("The connection is closed: " + reason.getMessage(), reason);
        }
    }

    boolean isWritable() {
        lock.lock();
        try {
            return room && closed == null && inTransit < MAX_IN_TRANSIT;
        } finally {
            lock.unlock();
        }
    }

    // The connection's side.

    private void arrived(int count) {
        lock.lock();
        try {
            inTransit -= count;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        session.onRoom(this);
    }

    private void emit(ByteBuffer bytes, boolean last) {
        if (ended || closed != null) {
            return;
        }
        if (first) {
            connection.write(bytes);
        } else {
            Deque<ByteBuffer> known = held;
            if (known == null) {
                known = new ArrayDeque<>(2);
                held = known;
            }
            session.onHeld(bytes.remaining());
            known.add(copy(bytes));
        }
        room = connection.isWritable();
        if (last) {
            ended = true;
            session.onResponseEnd();
        }
    }

    /** All earlier responses were sent. */
    void becomeFirst() {
        first = true;
        if (held != null) {
            held.forEach(part -> {
                session.onReleased(part.remaining());
                connection.write(part);
            });
            held = null;
        }
    }

    /** The connection can take more, or no more. */
    void updateRoom() {
        lock.lock();
        try {
            room = connection.isWritable();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean ended() {
        return ended;
    }

    void onClosed(PortaskException reason) {
        lock.lock();
        try {
            closed = reason;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
    }
}
