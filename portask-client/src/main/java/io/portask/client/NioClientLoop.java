package io.portask.client;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import io.portask.transport.ConnectionConfig;
import io.portask.transport.LoopConfig;
import io.portask.transport.NioConnector;
import io.portask.transport.NioConnectorConfig;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The loop over the NIO transport: a connector with one event loop. */
final class NioClientLoop implements ClientLoop {
    /** The decoder knows the true limit, once the server has told it. */
    private static final int MAX_FRAME_BYTES = 1 << 30;

    private static final int MAX_OUTBOUND_BYTES = Integer.MAX_VALUE;
    private static final int SHUTDOWN_TIMEOUT_MS = 1_000;
    private static final int CLOSE_TIMEOUT_MS = 500;

    private final NioConnector connector;
    private volatile @Nullable Thread thread;

    private NioClientLoop(NioConnector connector) {
        this.connector = connector;
    }

    /** A loop that runs. */
    static NioClientLoop start(IdleMode idle) {
        LoopConfig.Builder loops =
                LoopConfig.builder().eventLoops(1).daemon(true).shutdownTimeoutMs(SHUTDOWN_TIMEOUT_MS);
        if (idle == IdleMode.SPIN) {
            loops.lowLatency();
        }
        NioConnectorConfig config = NioConnectorConfig.builder()
                .loops(loops.build())
                .connection(ConnectionConfig.builder()
                        .maxFrameBytes(MAX_FRAME_BYTES)
                        .maxOutboundBytes(MAX_OUTBOUND_BYTES)
                        .closeTimeoutMs(CLOSE_TIMEOUT_MS)
                        .idleTimeoutMs(0)
                        .build())
                .build();
        NioClientLoop loop = new NioClientLoop(new NioConnector(config, new CompositeMeterRegistry()));
        loop.connector.start();
        loop.connector.execute(() -> loop.thread = Thread.currentThread());
        return loop;
    }

    @Override
    public void execute(Runnable task) {
        connector.execute(task);
    }

    @Override
    public Connection.Timer schedule(long delayMs, Runnable task) {
        return connector.schedule(delayMs, task);
    }

    @Override
    public void connect(
            InetSocketAddress address,
            int timeoutMs,
            Function<Connection, ProtocolSession> session,
            Consumer<PortaskException> onFailure) {
        AddressResolver.resolve(
                address,
                resolved -> execute(() -> connectResolved(resolved, timeoutMs, session, onFailure)),
                failure -> execute(() -> onFailure.accept(failure)));
    }

    private void connectResolved(
            InetSocketAddress address,
            int timeoutMs,
            Function<Connection, ProtocolSession> session,
            Consumer<PortaskException> onFailure) {
        try {
            var unused = connector.connect(address, timeoutMs, session).whenComplete((connection, error) -> {
                if (error != null) {
                    onFailure.accept(PortaskException.of(error));
                }
            });
        } catch (PortaskException e) {
            if (e.code() != ErrorCode.CLOSED) {
                throw e;
            }
        }
    }

    @Override
    public boolean isLoopThread() {
        return Thread.currentThread() == thread;
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void close() {
        connector.close();
    }
}
