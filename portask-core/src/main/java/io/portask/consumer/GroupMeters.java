package io.portask.consumer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.portask.broker.Broker;
import io.portask.group.GroupStats;
import io.portask.record.TopicPartition;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** The meters of groups. {@code docs/METRICS.md} lists them. Any thread. */
final class GroupMeters {
    static final int MAX_LAGS = 1_000;

    /** How far one partition of a group is behind, where the gauge reads it. */
    private static final class Lag {
        private final Broker broker;
        private final TopicPartition partition;
        private volatile long committed;

        Lag(Broker broker, TopicPartition partition) {
            this.broker = broker;
            this.partition = partition;
        }

        double offsets() {
            return Math.max(0, broker.knownEnd(partition) - committed);
        }
    }

    private final Broker broker;
    private final MeterRegistry registry;
    private final Counter rebalances;
    private final Counter partitionsMoved;
    private final Counter membersFenced;
    private final AtomicInteger lags = new AtomicInteger();

    GroupMeters(Broker broker) {
        this.broker = broker;
        this.registry = broker.meterRegistry();
        this.rebalances = registry.counter("portask.groups.rebalances");
        this.partitionsMoved = registry.counter("portask.groups.partitions.moved");
        this.membersFenced = registry.counter("portask.groups.members.fenced");
    }

    void onChanged(GroupStats before, GroupStats now) {
        rebalances.increment((double) (now.rebalances() - before.rebalances()));
        partitionsMoved.increment((double) (now.partitionsMoved() - before.partitionsMoved()));
        membersFenced.increment((double) (now.membersFenced() - before.membersFenced()));
    }

    /** The gauges of one group, up to {@value #MAX_LAGS} of all groups together. */
    final class Lags implements AutoCloseable {
        private final String group;
        private final Map<TopicPartition, Lag> known = new HashMap<>();
        private final Map<TopicPartition, Gauge> gauges = new HashMap<>();
        private boolean closed;

        Lags(String group) {
            this.group = group;
        }

        synchronized void onCommitted(Map<TopicPartition, Long> offsets) {
            offsets.forEach((partition, offset) -> {
                Lag lag = known.get(partition);
                if (lag == null && !closed && lags.get() < MAX_LAGS) {
                    lag = new Lag(broker, partition);
                    known.put(partition, lag);
                    lags.incrementAndGet();
                    gauges.put(partition, register(lag));
                }
                if (lag != null) {
                    lag.committed = offset;
                }
            });
        }

        private Gauge register(Lag lag) {
            return Gauge.builder("portask.groups.lag", lag, Lag::offsets)
                    .tag("group", group)
                    .tag("topic", lag.partition.topic())
                    .tag("partition", Integer.toString(lag.partition.partition()))
                    .strongReference(true)
                    .register(registry);
        }

        synchronized void removeIf(Predicate<TopicPartition> gone) {
            known.keySet().removeIf(partition -> {
                boolean removed = gone.test(partition);
                Gauge gauge = removed ? gauges.remove(partition) : null;
                if (gauge != null) {
                    registry.remove(gauge);
                    lags.decrementAndGet();
                }
                return removed;
            });
        }

        @Override
        public synchronized void close() {
            closed = true;
            removeIf(partition -> true);
        }
    }
}
