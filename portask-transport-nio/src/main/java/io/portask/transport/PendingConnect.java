package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A connection on its way out, on the thread of its loop, until it is made, refused or given up. */
final class PendingConnect implements Selectable, LoopTimers.Task {
    private final EventLoop loop;
    private final String protocol;
    private final InetSocketAddress address;
    private final int timeoutMs;
    private final Function<Connection, ProtocolSession> session;
    private final CompletableFuture<Connection> result = new CompletableFuture<>();
    private @Nullable SocketChannel channel;
    private long timer = LoopTimers.NONE;

    PendingConnect(
            EventLoop loop,
            String protocol,
            InetSocketAddress address,
            int timeoutMs,
            Function<Connection, ProtocolSession> session) {
        this.loop = loop;
        this.protocol = protocol;
        this.address = address;
        this.timeoutMs = timeoutMs;
        this.session = session;
    }

    CompletableFuture<Connection> result() {
        return result;
    }

    void start() {
        if (loop.shuttingDown()) {
            onShutdown();
            return;
        }
        try {
            SocketChannel opened = SocketChannel.open();
            channel = opened;
            Acceptor.configure(opened, loop.context().connection());
            timer = loop.timers().schedule(timeoutMs, this);
            if (opened.connect(address)) {
                succeed(opened);
            } else {
                loop.register(opened, SelectionKey.OP_CONNECT, this);
            }
        } catch (UnresolvedAddressException e) {
            fail(ErrorCode.CONNECTION_LOST, "the host name is unknown", e);
        } catch (UnsupportedAddressTypeException e) {
            fail(ErrorCode.CONNECTION_LOST, "this JVM does not speak the address's protocol", e);
        } catch (IOException e) {
            fail(ErrorCode.CONNECTION_LOST, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void onReady(int readyOps) {
        SocketChannel connecting = channel;
        try {
            if (connecting != null && connecting.finishConnect()) {
                succeed(connecting);
            }
        } catch (IOException e) {
            fail(ErrorCode.CONNECTION_LOST, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void onTimer() {
        timer = LoopTimers.NONE;
        fail(ErrorCode.TIMEOUT, "no answer within " + timeoutMs + " ms", null);
    }

    @Override
    public void onShutdown() {
        fail(ErrorCode.CLOSED, "the connector was closed", null);
    }

    @Override
    public void onLoopClosed() {
        onShutdown();
    }

    private void succeed(SocketChannel connected) throws IOException {
        cancelTimer();
        NioConnection connection = new NioConnection(loop, connected);
        loop.context().open().incrementAndGet();
        connection.open(protocol, session);
        if (connection.isOpen()) {
            result.complete(connection);
        } else {
            result.completeExceptionally(connection.reason());
        }
    }

    private void cancelTimer() {
        loop.timers().cancel(timer);
        timer = LoopTimers.NONE;
    }

    private void fail(ErrorCode code, String why, @Nullable Throwable cause) {
        cancelTimer();
        if (channel != null) {
            Acceptor.closeQuietly(channel);
        }
        result.completeExceptionally(new PortaskException(
                code, "Cannot connect to " + address.getHostString() + ":" + address.getPort() + ": " + why, cause));
    }
}
