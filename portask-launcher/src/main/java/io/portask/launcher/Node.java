package io.portask.launcher;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.portask.broker.Broker;
import io.portask.http.HttpConfig;
import io.portask.http.HttpProtocol;
import io.portask.http.RestApi;
import io.portask.protocol.PortProtocol;
import java.util.function.UnaryOperator;

/** One attempt at a broker, and what speaks for it. A broker whose start failed is no more: the next attempt is another node. */
final class Node implements AutoCloseable {
    private final Broker broker;
    private final ServerMeters meters;
    private final CompositeMeterRegistry own;
    private final PortProtocol port;

    Node(ServerConfig config, ServerMeters meters) {
        this.meters = meters;
        own = meters.attempt();
        broker = Broker.builder()
                .store(config.storeUri())
                .config(config.broker())
                .meterRegistry(own)
                .build();
        port = new PortProtocol(broker, config.port(), own);
    }

    void start() {
        broker.start();
    }

    PortProtocol port() {
        return port;
    }

    /** @param more adds what the resources tell of besides the broker */
    HttpProtocol http(HttpConfig config, UnaryOperator<RestApi.Builder> more) {
        RestApi.Builder rest =
                RestApi.builder(broker).meterRegistry(meters.registry()).version(Version.current());
        return more.apply(rest).build().http(config).build();
    }

    @Override
    public void close() {
        broker.close();
        own.clear();
    }
}
