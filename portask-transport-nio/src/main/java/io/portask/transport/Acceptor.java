package io.portask.transport;

import io.portask.error.ErrorCode;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts on one loop and spreads over all. When the system has no files left it pauses, so that the connection that cannot be
 * accepted does not keep the loop busy.
 */
final class Acceptor implements Selectable, LoopTimers.Task {
    private static final int MAX_ACCEPTS_PER_ROUND = 64;
    private static final long PAUSE_MS = 100;
    private static final long LOG_PERIOD_MS = 60_000;

    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);

    /** {@link ServerSocketChannel#accept()}, which tests replace. */
    interface Source {
        @Nullable
        SocketChannel accept() throws IOException;
    }

    private final EventLoop loop;
    private final ServerSocketChannel listener;
    private final Source source;
    private final Supplier<EventLoop> targets;
    private final IntSupplier maxConnections;
    private final SelectionKey key;
    private long nextLogMs = Long.MIN_VALUE;

    Acceptor(
            EventLoop loop,
            ServerSocketChannel listener,
            Source source,
            Supplier<EventLoop> targets,
            IntSupplier maxConnections)
            throws IOException {
        this.loop = loop;
        this.listener = listener;
        this.source = source;
        this.targets = targets;
        this.maxConnections = maxConnections;
        key = loop.register(listener, SelectionKey.OP_ACCEPT, this);
    }

    @Override
    public void onReady(int readyOps) {
        try {
            for (int i = 0; i < MAX_ACCEPTS_PER_ROUND; i++) {
                SocketChannel channel = source.accept();
                if (channel == null) {
                    return;
                }
                admit(channel);
            }
        } catch (IOException | RuntimeException | Error e) {
            pause(e);
        }
    }

    @Override
    public void onTimer() {
        if (key.isValid()) {
            key.interestOps(SelectionKey.OP_ACCEPT);
        }
    }

    @Override
    public void onShutdown() {
        closeQuietly(listener);
    }

    @Override
    public void onLoopClosed() {
        closeQuietly(listener);
    }

    private void admit(SocketChannel channel) {
        LoopContext context = loop.context();
        if (context.open().incrementAndGet() > maxConnections.getAsInt()) {
            context.open().decrementAndGet();
            context.meters().refused(ErrorCode.TOO_MANY_CONNECTIONS);
            closeQuietly(channel);
            return;
        }
        EventLoop target = targets.get();
        if (target == loop) {
            adopt(target, channel);
        } else {
            target.execute(() -> adopt(target, channel));
        }
    }

    private static void adopt(EventLoop target, SocketChannel channel) {
        LoopContext context = target.context();
        if (target.shuttingDown()) {
            refuse(context, channel, ErrorCode.SHUTTING_DOWN);
            return;
        }
        try {
            configure(channel, context.connection());
            new NioConnection(target, channel).awaitRecognition();
        } catch (IOException e) {
            LOG.debug("A connection was gone before it could be used", e);
            refuse(context, channel, ErrorCode.CONNECTION_LOST);
        }
    }

    private static void refuse(LoopContext context, SocketChannel channel, ErrorCode reason) {
        context.open().decrementAndGet();
        context.meters().refused(reason);
        closeQuietly(channel);
    }

    /** What every connection's socket gets, accepted or made. */
    static void configure(SocketChannel channel, ConnectionConfig config) throws IOException {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        if (config.receiveBufferBytes() > 0) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, config.receiveBufferBytes());
        }
        if (config.sendBufferBytes() > 0) {
            channel.setOption(StandardSocketOptions.SO_SNDBUF, config.sendBufferBytes());
        }
    }

    static void closeQuietly(AutoCloseable channel) {
        try {
            channel.close();
        } catch (Exception e) {
            LOG.debug("Closing a channel failed", e);
        }
    }

    /** Whatever went wrong, listening goes on: a server that cannot accept for a moment is not to be deaf for good. */
    private void pause(Throwable error) {
        loop.context().meters().acceptFailed();
        long nowMs = loop.timers().nowMs();
        if (nowMs >= nextLogMs) {
            nextLogMs = nowMs + LOG_PERIOD_MS;
            LOG.warn("Connections cannot be accepted now ({}); trying again every {} ms", error, PAUSE_MS);
        }
        if (key.isValid()) {
            key.interestOps(0);
            loop.timers().schedule(PAUSE_MS, this);
        }
    }
}
