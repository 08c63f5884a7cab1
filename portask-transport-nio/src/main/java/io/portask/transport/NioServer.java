package io.portask.transport;

import io.micrometer.core.instrument.MeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.ConnectionInfo;
import io.portask.net.Connections;
import io.portask.net.ProtocolHandler;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Listens on one port and hosts the sessions of whichever of its protocols recognizes a connection's first bytes. May be called
 * from any thread.
 */
public final class NioServer implements Connections, AutoCloseable {
    private final NioServerConfig config;
    private final Recognizer recognizer;
    private final TransportMeters meters;
    private final LoopHost host;
    private volatile @Nullable InetSocketAddress address;
    private volatile int maxConnections;

    /** Opens and starts nothing. */
    public NioServer(NioServerConfig config, List<ProtocolHandler> protocols, MeterRegistry registry) {
        if (protocols.isEmpty()) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, "protocols is empty; allowed is one or more protocols");
        }
        this.config = config;
        maxConnections = config.maxConnections();
        recognizer = new Recognizer(protocols);
        meters = new TransportMeters(registry, "server");
        host = new LoopHost("This server", meters);
    }

    /**
     * Binds, then accepts.
     *
     * @throws PortaskException {@link ErrorCode#ADDRESS_UNAVAILABLE} if the address cannot be bound; may be tried again
     */
    public void start() {
        try {
            host.start(this::open);
        } catch (IOException e) {
            throw new PortaskException(
                    ErrorCode.ADDRESS_UNAVAILABLE,
                    "Cannot listen on " + config.host() + ":" + config.port() + ": " + e.getMessage(),
                    e);
        }
    }

    /** The address that is listened on, with the real port; also after the close. */
    public InetSocketAddress address() {
        InetSocketAddress bound = address;
        if (bound == null) {
            throw new PortaskException(ErrorCode.UNSUPPORTED_OPERATION, "This server was not started");
        }
        return bound;
    }

    /** Replaces {@link NioServerConfig#maxConnections()} from the next connection on. Closes none. */
    public void limitConnections(int max) {
        ConfigCheck.range("maxConnections", max, 1, NioServerConfig.MAX_CONNECTIONS);
        maxConnections = max;
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
     * Stops accepting, lets the sessions finish within the shutdown timeout, then closes what is left with {@link
     * ErrorCode#SHUTTING_DOWN}. Returns when everything is closed; called on one of the server's own threads, it closes in the
     * background.
     */
    @Override
    public void close() {
        host.close();
    }

    private EventLoopGroup open() throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        EventLoopGroup group = null;
        try {
            bind(listener);
            LoopContext context = new LoopContext(
                    config.connection(),
                    recognizer,
                    config.recognitionTimeoutMs(),
                    meters,
                    new AtomicInteger(),
                    LoopContext::systemClockMs);
            group = new EventLoopGroup("portask-loop", config.loops(), context);
            new Acceptor(group.first(), listener, listener::accept, group::next, () -> maxConnections);
            address = (InetSocketAddress) listener.getLocalAddress();
            return group;
        } catch (IOException | RuntimeException e) {
            if (group != null) {
                group.close();
            }
            listener.close();
            throw e;
        }
    }

    private void bind(ServerSocketChannel listener) throws IOException {
        InetSocketAddress wanted = new InetSocketAddress(config.host(), config.port());
        if (wanted.isUnresolved()) {
            throw unavailable(
                    "The host name " + config.host() + " is unknown; choose an address of this machine", null);
        }
        listener.configureBlocking(false);
        try {
            listener.bind(wanted, config.backlog());
        } catch (BindException e) {
            throw unavailable(
                    "Port " + config.port() + " on " + config.host() + " cannot be bound (" + e.getMessage()
                            + "); choose another port, or an address of this machine",
                    e);
        }
    }

    private static PortaskException unavailable(String message, @Nullable Throwable cause) {
        return new PortaskException(ErrorCode.ADDRESS_UNAVAILABLE, message, cause);
    }
}
