package io.portask.client;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.protocol.PortConfig;
import io.portask.protocol.PortProtocol;
import io.portask.transport.LoopConfig;
import io.portask.transport.NioServer;
import io.portask.transport.NioServerConfig;
import java.util.List;

/** A real server on loopback: broker, protocol and transport. */
final class TestServer implements AutoCloseable {
    final Broker broker;
    private final NioServer tcp;

    TestServer(String store, int port, PortConfig portConfig, BrokerConfig brokerConfig) {
        broker = Broker.builder().store(store).config(brokerConfig).build();
        broker.start();
        CompositeMeterRegistry meters = new CompositeMeterRegistry();
        NioServerConfig config = NioServerConfig.builder()
                .port(port)
                .loops(LoopConfig.builder()
                        .eventLoops(1)
                        .daemon(true)
                        .shutdownTimeoutMs(200)
                        .build())
                .build();
        tcp = new NioServer(config, List.of(new PortProtocol(broker, portConfig, meters)), meters);
        tcp.start();
    }

    static TestServer memory() {
        return new TestServer("memory:", 0, PortConfig.defaults(), BrokerConfig.defaults());
    }

    static TestServer file(String directory, int port) {
        return new TestServer("file:" + directory, port, PortConfig.defaults(), BrokerConfig.defaults());
    }

    int port() {
        return tcp.address().getPort();
    }

    String address() {
        return "127.0.0.1:" + port();
    }

    @Override
    public void close() {
        tcp.close();
        broker.close();
    }
}
