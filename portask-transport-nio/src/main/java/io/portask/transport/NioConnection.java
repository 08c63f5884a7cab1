package io.portask.transport;

import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import io.portask.net.Connection;
import io.portask.net.ConnectionInfo;
import io.portask.net.ProtocolHandler;
import io.portask.net.ProtocolSession;
import io.portask.net.SessionInfo;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One socket and the session on it, on the thread of its loop. What a session does within a call takes effect when the call
 * has returned, in {@link #settle()}: writes leave together, closing begins, and the session is never called from within
 * itself. While nothing is partly read or queued, the connection holds no buffer.
 */
final class NioConnection implements Connection, Selectable {
    private static final int MAX_LINGER_MS = 1_000;
    private static final AtomicLong IDS = new AtomicLong();
    private static final Logger LOG = LoggerFactory.getLogger(NioConnection.class);

    private final long id = IDS.incrementAndGet();
    private final long openedAtMs = System.currentTimeMillis();
    private final EventLoop loop;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final SocketAddress remoteAddress;
    private final SocketAddress localAddress;
    private final Inbound inbound;
    private final Outbound outbound;
    private final ConnectionTimer timer;

    private ConnectionState state = ConnectionState.RECOGNIZING;
    private String protocol = TransportMeters.UNKNOWN;
    private @Nullable ProtocolSession session;
    private @Nullable ScheduledTask scheduled;
    private @Nullable PortaskException closeReason;
    private int interestOps = SelectionKey.OP_READ;
    private boolean aborted;
    private boolean dirty;
    private boolean inBurst;

    /** For a connected channel, which may be registered already. */
    NioConnection(EventLoop loop, SocketChannel channel) throws IOException {
        this.loop = loop;
        this.channel = channel;
        remoteAddress = channel.getRemoteAddress();
        localAddress = channel.getLocalAddress();
        inbound = new Inbound(this, loop, channel);
        outbound = new Outbound(loop);
        timer = new ConnectionTimer(this, loop);
        key = loop.register(channel, interestOps, this);
        loop.opened();
    }

    /** Begins to wait for bytes that a protocol recognizes. */
    void awaitRecognition() {
        loop.context().meters().opened(protocol);
        timer.arm(loop.context().recognitionTimeoutMs());
    }

    /** Begins with a session of its own. */
    void open(String itsProtocol, Function<Connection, ProtocolSession> itsSession) {
        protocol = itsProtocol;
        loop.context().meters().opened(protocol);
        try {
            openSession(itsSession);
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private void openSession(Function<Connection, ProtocolSession> opener) {
        session = opener.apply(this);
        if (state == ConnectionState.RECOGNIZING) {
            state = ConnectionState.OPEN;
            timer.watch();
        }
    }

    // The session's side.

    @Override
    public long id() {
        return id;
    }

    @Override
    public SocketAddress remoteAddress() {
        return remoteAddress;
    }

    @Override
    public SocketAddress localAddress() {
        return localAddress;
    }

    @Override
    public void write(ByteBuffer bytes) {
        if (!isOpen()) {
            bytes.position(bytes.limit());
            return;
        }
        try {
            outbound.add(bytes);
        } catch (PortaskException e) {
            abort(e);
        }
        written();
    }

    @Override
    public void write(ByteSource bytes) {
        if (!isOpen()) {
            bytes.close();
            return;
        }
        try {
            outbound.add(bytes);
        } catch (IOException | RuntimeException e) {
            abort(CloseReasons.lost("Collecting bytes for", remoteAddress, e));
        }
        written();
    }

    private void written() {
        if (outbound.overflown()) {
            abort(CloseReasons.slow(outbound.queuedBytes(), config().maxOutboundBytes()));
        }
        markDirty();
    }

    @Override
    public boolean isWritable() {
        return isOpen() && !outbound.congested();
    }

    @Override
    public long queuedBytes() {
        return outbound.queuedBytes();
    }

    @Override
    public void pauseReading() {
        inbound.paused(true);
        markDirty();
    }

    @Override
    public void resumeReading() {
        if (inbound.paused()) {
            inbound.paused(false);
            timer.noteInput();
            markDirty();
        }
    }

    @Override
    public void close(PortaskException reason) {
        if (isOpen()) {
            closeReason = reason;
            state = ConnectionState.CLOSING;
            cancelScheduled();
            timer.arm(config().closeTimeoutMs());
            markDirty();
        }
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(() -> run(task));
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        if (!isOpen()) {
            return () -> {};
        }
        ScheduledTask added = new ScheduledTask(this, loop.timers(), delayMs, task, scheduled);
        scheduled = added;
        return added;
    }

    // The loop's side.

    @Override
    public void onReady(int readyOps) {
        boolean socketReady = (readyOps & SelectionKey.OP_WRITE) != 0;
        inBurst = true;
        try {
            if ((readyOps & SelectionKey.OP_READ) != 0) {
                onReadable();
            }
        } catch (IOException e) {
            abort(CloseReasons.lost("Reading from", remoteAddress, e));
        } catch (RuntimeException | Error e) {
            fail(e);
        } finally {
            inBurst = false;
        }
        if (dirty || socketReady) {
            settle(socketReady);
        }
    }

    private void onReadable() throws IOException {
        inbound.read();
        if (inbound.ended()) {
            ProtocolSession current = session;
            if (!isOpen() || current == null || !current.onInputEnd()) {
                close(CloseReasons.endedBy(remoteAddress));
            }
            markDirty();
        }
    }

    @Override
    public void onShutdown() {
        ProtocolSession current = session;
        if (current == null) {
            close(CloseReasons.shuttingDown());
        } else {
            run(current::onShutdown);
        }
    }

    @Override
    public void onLoopClosed() {
        if (state != ConnectionState.CLOSED) {
            destroy();
        }
    }

    /** Runs something of the session's; what it throws closes the connection. */
    void run(Runnable task) {
        if (isOpen()) {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                fail(e);
            }
        }
    }

    /** Does what has become due: delivers what was left, sends, closes, and says what the selector shall wait for. */
    void settle() {
        settle(false);
    }

    private void settle(boolean socketReady) {
        dirty = false;
        if (state == ConnectionState.CLOSED) {
            return;
        }
        redeliver();
        if (!aborted && !outbound.isEmpty() && (socketReady || !outbound.blocked())) {
            flush();
        }
        if (state == ConnectionState.CLOSING && outbound.isEmpty() && !aborted) {
            linger();
        }
        if (aborted || (state == ConnectionState.LINGERING && inbound.ended())) {
            destroy();
        } else {
            updateInterest();
        }
    }

    private void redeliver() {
        try {
            inbound.redeliver();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    private void flush() {
        try {
            if (outbound.flush(channel) > 0) {
                timer.noteOutput();
            }
        } catch (IOException | RuntimeException e) {
            abort(CloseReasons.lost("Writing to", remoteAddress, e));
            return;
        }
        ProtocolSession current = session;
        if (outbound.relieved() && current != null) {
            timer.noteInput();
            run(current::onWritable);
            markDirty();
        }
        if (!outbound.isEmpty() && !outbound.blocked()) {
            markDirty();
        }
    }

    private void updateInterest() {
        boolean wantsInput = !inbound.ended() && (!isOpen() || inbound.reading());
        int ops = (wantsInput ? SelectionKey.OP_READ : 0) | (outbound.blocked() ? SelectionKey.OP_WRITE : 0);
        if (ops != interestOps) {
            interestOps = ops;
            key.interestOps(ops);
        }
    }

    private void markDirty() {
        if (!dirty) {
            dirty = true;
            if (!inBurst) {
                loop.addDirty(this);
            }
        }
    }

    // What its parts see.

    /** The session's {@code onBytes}; before there is a session, the recognition of the first bytes. */
    int deliver(ByteBuffer bytes) {
        try {
            if (session == null) {
                ProtocolHandler handler = loop.context().recognizer().recognize(bytes);
                if (handler != null) {
                    protocol = handler.name();
                    loop.context().meters().recognized(protocol);
                    openSession(handler::open);
                }
            }
            return session != null && inbound.reading() ? session.onBytes(bytes) : 0;
        } catch (RuntimeException | Error e) {
            fail(e);
            return 0;
        }
    }

    void tellOfSilence(int silentPeriods) {
        ProtocolSession current = session;
        if (current != null) {
            run(() -> current.onIdle(silentPeriods));
        }
    }

    ConnectionState state() {
        return state;
    }

    boolean isOpen() {
        return !aborted && state.compareTo(ConnectionState.OPEN) <= 0;
    }

    boolean paused() {
        return inbound.paused();
    }

    boolean congested() {
        return outbound.congested();
    }

    ConnectionTimer timer() {
        return timer;
    }

    /** The head of the list of tasks that wait for their time. */
    void scheduled(@Nullable ScheduledTask head) {
        scheduled = head;
    }

    private void cancelScheduled() {
        while (scheduled != null) {
            scheduled.cancel();
        }
    }

    // The end.

    private void fail(Throwable error) {
        close(CloseReasons.named(error, remoteAddress));
    }

    /** Closes without sending what is queued. */
    void abort(PortaskException reason) {
        if (state != ConnectionState.CLOSED && !aborted) {
            aborted = true;
            closeReason = closeReason == null ? reason : closeReason;
            markDirty();
        }
    }

    private void linger() {
        tellSession();
        if (inbound.ended()) {
            aborted = true;
            return;
        }
        try {
            channel.shutdownOutput();
            state = ConnectionState.LINGERING;
            inbound.release();
            timer.arm(Math.min(MAX_LINGER_MS, config().closeTimeoutMs()));
        } catch (IOException e) {
            LOG.debug("Connection {} was gone before its end", id, e);
            aborted = true;
        }
    }

    private void destroy() {
        state = ConnectionState.CLOSED;
        PortaskException reason = reason();
        cancelScheduled();
        timer.arm(0);
        outbound.release();
        inbound.release();
        key.cancel();
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("Closing the socket of connection {} failed", id, e);
        }
        loop.context().meters().closed(protocol, reason.code());
        LOG.debug("Connection {} of {} closed: {} {}", id, remoteAddress, reason.code(), reason.getMessage());
        tellSession();
        loop.closedOne();
    }

    /** Once, whatever ends the connection. */
    private void tellSession() {
        ProtocolSession ended = session;
        session = null;
        if (ended != null) {
            try {
                ended.onClosed(reason());
            } catch (RuntimeException | Error e) {
                LOG.error("The session of connection {} failed when told of its end", id, e);
            }
        }
    }

    /** Why the connection is closing, or closed. */
    PortaskException reason() {
        if (closeReason == null) {
            closeReason = CloseReasons.shuttingDown();
        }
        return closeReason;
    }

    private ConnectionConfig config() {
        return loop.context().connection();
    }

    ConnectionInfo info() {
        return new ConnectionInfo(
                id,
                remoteAddress,
                localAddress,
                protocol,
                Instant.ofEpochMilli(openedAtMs),
                inbound.bytesIn(),
                outbound.bytesOut(),
                outbound.queuedBytes(),
                isOpen() && !inbound.reading(),
                !isOpen(),
                session == null ? SessionInfo.UNKNOWN : session.info());
    }
}
