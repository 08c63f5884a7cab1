package io.portask.protocol;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.record.TopicPartition;
import io.portask.store.contract.HeldStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/** Serves brokers over memory stores to peers in memory. */
abstract class PortSessionTestBase {
    static final TopicPartition ORDERS = new TopicPartition("orders", 0);

    final HeldStore store = new HeldStore();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<Broker> brokers = new ArrayList<>();

    PortProtocol protocol() {
        return protocol(PortConfig.defaults());
    }

    PortProtocol protocol(PortConfig config) {
        return protocol(config, BrokerConfig.defaults());
    }

    PortProtocol protocol(PortConfig config, BrokerConfig brokerConfig) {
        return new PortProtocol(broker(brokerConfig), config, meters);
    }

    Broker broker(BrokerConfig config) {
        Broker broker = Broker.builder().store(store.store()).config(config).build();
        broker.start();
        brokers.add(broker);
        return broker;
    }

    @AfterEach
    void closeBrokers() {
        brokers.forEach(Broker::close);
    }
}
