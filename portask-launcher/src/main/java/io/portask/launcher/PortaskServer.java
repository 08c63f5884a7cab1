package io.portask.launcher;

import io.micrometer.core.instrument.MeterRegistry;
import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.protocol.PortConfig;
import io.portask.protocol.PortProtocol;
import io.portask.transport.NioServer;
import io.portask.transport.NioServerConfig;
import java.net.InetSocketAddress;
import java.util.List;

/** A broker and the port on which it is served. Starts and stops in order; {@link #close()} is idempotent. */
final class PortaskServer implements AutoCloseable {
    private final Broker broker;
    private final NioServer tcp;

    PortaskServer(
            String storeUri,
            BrokerConfig brokerConfig,
            PortConfig portConfig,
            NioServerConfig tcpConfig,
            MeterRegistry meters) {
        broker = Broker.builder()
                .store(storeUri)
                .config(brokerConfig)
                .meterRegistry(meters)
                .build();
        tcp = new NioServer(tcpConfig, List.of(new PortProtocol(broker, portConfig, meters)), meters);
    }

    void start() {
        broker.start();
        try {
            tcp.start();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    InetSocketAddress tcpAddress() {
        return tcp.address();
    }

    /** An address as {@code --server} takes it. */
    static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    @Override
    public void close() {
        tcp.close();
        broker.close();
    }
}
