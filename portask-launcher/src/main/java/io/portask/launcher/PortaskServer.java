package io.portask.launcher;

import io.portask.http.RestApi;
import io.portask.http.admin.AdminControl;
import io.portask.http.admin.ServerState;
import io.portask.net.ProtocolHandler;
import io.portask.transport.NioServer;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A broker and the ports on which it is served. HTTP listens first, to tell that the server starts; it stops last but for the
 * broker, to tell that the server drains. One thread starts it; {@link #close()} is idempotent.
 */
final class PortaskServer implements AutoCloseable {
    private final ServerConfig config;
    private final @Nullable AdminControl admin;
    private final ServerMeters meters = new ServerMeters();
    private final CurrentProtocol web;
    private final @Nullable NioServer http;
    private volatile ServerState state = ServerState.STARTING;
    private volatile @Nullable NioServer tcp;
    private Node node;

    /** Opens and starts nothing. */
    PortaskServer(ServerConfig config, @Nullable AdminControl admin) {
        this.config = config;
        this.admin = admin;
        node = new Node(config, meters);
        web = new CurrentProtocol(node.http(config.web(), rest -> rest.state(() -> ServerState.STARTING)));
        http = config.http() == null ? null : new NioServer(config.http(), List.of(web), meters.listener("http"));
    }

    /** Opens the HTTP port, where there is one: it tells that the server starts. */
    void listen() {
        if (http != null) {
            http.start();
        }
    }

    /** Opens the store, then the TCP port. After a failure it may be tried again. */
    void start() {
        Node current = node;
        NioServer listener = new NioServer(config.tcp(), protocols(current), meters.listener("tcp"));
        try {
            current.start();
            listener.start();
        } catch (RuntimeException e) {
            listener.close();
            current.close();
            node = new Node(config, meters);
            throw e;
        }
        tcp = listener;
        web.replace(current.http(config.web(), rest -> complete(rest, listener)));
        state = ServerState.READY;
    }

    private RestApi.Builder complete(RestApi.Builder rest, NioServer listener) {
        rest.state(() -> state).connections(listener);
        if (http != null) {
            rest.connections(http);
        }
        return admin == null ? rest : rest.admin(admin);
    }

    private List<ProtocolHandler> protocols(Node of) {
        return config.tcpHttp() ? List.of(of.port(), web) : List.of(of.port());
    }

    InetSocketAddress tcpAddress() {
        NioServer listener = tcp;
        if (listener == null) {
            throw new IllegalStateException("The server was not started");
        }
        return listener.address();
    }

    /** Null without a port for HTTP alone. */
    @Nullable
    InetSocketAddress httpAddress() {
        return http == null ? null : http.address();
    }

    /** For each listener, from the next connection on. */
    void limitConnections(int max) {
        for (NioServer listener : new NioServer[] {http, tcp}) {
            if (listener != null) {
                listener.limitConnections(max);
            }
        }
    }

    /** An address as {@code --server} takes it. */
    static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    @Override
    public void close() {
        state = ServerState.DRAINING;
        if (tcp != null) {
            tcp.close();
        }
        if (http != null) {
            http.close();
        }
        node.close();
        meters.close();
    }
}
