package io.portask.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.record.Message;
import io.portask.record.TopicPartition;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GroupMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private ManualGroups started() {
        Broker broker =
                Broker.builder().store("memory:").meterRegistry(registry).build();
        broker.start();
        return new ManualGroups(broker);
    }

    @Test
    void lagIsShownWhileTheGroupHasMembers() {
        try (ManualGroups manual = started()) {
            manual.broker.createTopic("t", 1);
            GroupConsumer a = manual.join("t");
            ManualGroups.settle(a);
            for (int i = 0; i < 5; i++) {
                manual.broker.publish(Message.of("t", "m"));
            }
            Gauge lag = registry.get("portask.groups.lag")
                    .tags("group", "g", "topic", "t", "partition", "0")
                    .gauge();
            assertThat(lag.value()).isEqualTo(5);
            a.commit(Map.of(new TopicPartition("t", 0), 3L));
            assertThat(lag.value()).isEqualTo(2);
            a.close();
            assertThat(registry.find("portask.groups.lag").gauges()).isEmpty();
        }
    }

    @Test
    void thereAreNoMoreGaugesThanTheBound() {
        try (ManualGroups manual = started()) {
            manual.broker.createTopic("t", GroupMeters.MAX_LAGS + 1);
            manual.join("t");
            assertThat(registry.find("portask.groups.lag").gauges()).hasSize(GroupMeters.MAX_LAGS);
            manual.broker.deleteTopic("t");
            manual.pass(Duration.ofSeconds(1));
            assertThat(registry.find("portask.groups.lag").gauges()).isEmpty();
        }
    }

    @Test
    void rebalancesMovesAndFencedMembersAreCounted() {
        try (ManualGroups manual = started()) {
            manual.broker.createTopic("t", 2);
            GroupConsumer a = manual.join("t");
            manual.join("t");
            assertThat(registry.counter("portask.groups.rebalances").count()).isEqualTo(2);
            assertThat(registry.counter("portask.groups.partitions.moved").count())
                    .isEqualTo(1);
            manual.pass(ManualGroups.SESSION);
            assertThat(registry.counter("portask.groups.members.fenced").count())
                    .isEqualTo(2);
            a.close();
        }
    }
}
