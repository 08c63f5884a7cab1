package io.portask.net.testing;

import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A connection in memory, whose time and turns the test decides. It keeps what a session leaves, as the transport does. */
public final class FakeConnection implements Connection {
    private static final AtomicLong IDS = new AtomicLong();

    private final class FakeTimer implements Timer {
        private final long dueMs;
        private final Runnable task;

        FakeTimer(long dueMs, Runnable task) {
            this.dueMs = dueMs;
            this.task = task;
        }

        @Override
        public void cancel() {
            timers.remove(this);
        }
    }

    private final long id = IDS.incrementAndGet();
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final List<FakeTimer> timers = new ArrayList<>();
    private final List<ByteBuffer> written = new ArrayList<>();
    private ByteBuffer left = ByteBuffer.allocate(0);
    private ProtocolSession session;
    private long nowMs;
    public boolean writable = true;
    /** What the peer has not taken makes the connection unwritable from this size on. */
    public long highWatermark = Long.MAX_VALUE;

    public boolean paused;
    public PortaskException closeReason;

    public void attach(ProtocolSession opened) {
        session = opened;
    }

    /** Delivers bytes behind what the session left. */
    public void receive(ByteBuffer bytes) {
        left = concat(left, bytes);
        deliver();
    }

    private void deliver() {
        while (!paused && closeReason == null && left.hasRemaining()) {
            int before = left.remaining();
            session.onBytes(left);
            left = left.slice();
            if (left.remaining() == before) {
                return;
            }
        }
    }

    public int leftBytes() {
        return left.remaining();
    }

    /** Runs what was handed over by other threads, until there is nothing. */
    public void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            if (closeReason == null) {
                task.run();
            }
        }
    }

    public void advance(long ms) {
        nowMs += ms;
        for (FakeTimer timer : List.copyOf(timers)) {
            if (timer.dueMs <= nowMs && timers.remove(timer)) {
                timer.task.run();
            }
        }
        runTasks();
    }

    public int timers() {
        return timers.size();
    }

    /** The peer takes everything and the session is told. */
    public void becomeWritable() {
        writable = true;
        session.onWritable();
        runTasks();
    }

    /** All bytes written since the last call. */
    public ByteBuffer takeWritten() {
        ByteBuffer all = concat(written.toArray(ByteBuffer[]::new));
        written.clear();
        return all;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public SocketAddress remoteAddress() {
        return InetSocketAddress.createUnresolved("client", 1);
    }

    @Override
    public SocketAddress localAddress() {
        return InetSocketAddress.createUnresolved("server", 2);
    }

    @Override
    public void write(ByteBuffer bytes) {
        if (closeReason == null) {
            written.add(concat(bytes));
        }
    }

    @Override
    public void write(ByteSource bytes) {
        if (closeReason == null) {
            written.add(concat(bytes.buffer()));
        }
        bytes.close();
    }

    @Override
    public boolean isWritable() {
        return writable && (highWatermark == Long.MAX_VALUE || queuedBytes() < highWatermark);
    }

    @Override
    public long queuedBytes() {
        return written.stream().mapToLong(ByteBuffer::remaining).sum();
    }

    @Override
    public void pauseReading() {
        paused = true;
    }

    @Override
    public void resumeReading() {
        paused = false;
        execute(this::deliver);
    }

    @Override
    public void close(PortaskException reason) {
        if (closeReason == null) {
            closeReason = reason;
            tasks.clear();
            session.onClosed(reason);
        }
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        FakeTimer timer = new FakeTimer(nowMs + delayMs, task);
        timers.add(timer);
        return timer;
    }

    private static ByteBuffer concat(ByteBuffer... parts) {
        ByteBuffer all = ByteBuffer.allocate(
                Stream.of(parts).mapToInt(ByteBuffer::remaining).sum());
        for (ByteBuffer part : parts) {
            all.put(part.duplicate());
        }
        return all.flip();
    }
}
