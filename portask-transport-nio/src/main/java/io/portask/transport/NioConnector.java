package io.portask.transport;

import io.micrometer.core.instrument.MeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.net.ConnectionInfo;
import io.portask.net.Connections;
import io.portask.net.ProtocolSession;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes outbound connections on event loops of its own. May be called from any thread. */
public final class NioConnector implements Connections, AutoCloseable {
    private final NioConnectorConfig config;
    private final TransportMeters meters;
    private final LoopHost host;
    private volatile @Nullable EventLoop first;

    /** Opens and starts nothing. */
    public NioConnector(NioConnectorConfig config, MeterRegistry registry) {
        this.config = config;
        meters = new TransportMeters(registry, "client");
        host = new LoopHost("This connector", meters);
    }

    public void start() {
        try {
            host.start(this::open);
            first = host.running().first();
        } catch (IOException e) {
            throw new PortaskException(
                    ErrorCode.OVERLOADED, "The system has no selector for outbound connections: " + e.getMessage(), e);
        }
    }

    /**
     * Connects, then opens a session. The stage completes after that, on the connection's thread; or fails with {@link
     * ErrorCode#CONNECTION_LOST} if the peer cannot be reached, {@link ErrorCode#TIMEOUT} if it does not answer, or {@link
     * ErrorCode#CLOSED}. Cancelling it has no effect.
     *
     * @param timeoutMs 1 or more
     * @param session called on the connection's thread; may write to the connection
     */
    public CompletionStage<Connection> connect(
            InetSocketAddress address, int timeoutMs, Function<Connection, ProtocolSession> session) {
        ConfigCheck.range("timeoutMs", timeoutMs, 1, Integer.MAX_VALUE);
        EventLoop loop = host.running().next();
        PendingConnect pending = new PendingConnect(loop, config.protocol(), address, timeoutMs, session);
        loop.execute(pending::start);
        return pending.result();
    }

    /** Runs the task on the first loop's thread, in the order of calls; dropped once the connector is closed. */
    public void execute(Runnable task) {
        EventLoop loop = firstLoop();
        loop.execute(() -> {
            if (!loop.closed()) {
                task.run();
            }
        });
    }

    /** Runs the task on the first loop's thread after a delay (10 ms resolution). Call on that thread. */
    public Connection.Timer schedule(long delayMs, Runnable task) {
        LoopTimers timers = firstLoop().timers();
        long[] id = {LoopTimers.NONE};
        id[0] = timers.schedule(delayMs, () -> {
            id[0] = LoopTimers.NONE;
            task.run();
        });
        return () -> {
            timers.cancel(id[0]);
            id[0] = LoopTimers.NONE;
        };
    }

    private EventLoop firstLoop() {
        EventLoop loop = first;
        return loop != null ? loop : host.running().first();
    }

    @Override
    public CompletionStage<List<ConnectionInfo>> connections() {
        return host.running().connections();
    }

    @Override
    public CompletionStage<Boolean> closeConnection(long id, PortaskException reason) {
        return host.running().closeConnection(id, reason);
    }

    /**
     * Gives up what is not connected yet, lets the sessions finish within the shutdown timeout, then closes what is left with
     * {@link ErrorCode#SHUTTING_DOWN}. Returns when everything is closed; called on one of the connector's own threads, it closes
     * in the background.
     */
    @Override
    public void close() {
        host.close();
    }

    private EventLoopGroup open() throws IOException {
        LoopContext context = new LoopContext(
                config.connection(),
                new Recognizer(List.of()),
                Integer.MAX_VALUE,
                meters,
                new AtomicInteger(),
                LoopContext::systemClockMs);
        return new EventLoopGroup("portask-" + config.protocol(), config.loops(), context);
    }
}
