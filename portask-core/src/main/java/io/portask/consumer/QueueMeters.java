package io.portask.consumer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.portask.queue.QueueCounters;

/** The meters of work queues. {@code docs/METRICS.md} lists them. */
final class QueueMeters {
    private final Counter deliveries;
    private final Counter redeliveries;
    private final Counter acks;
    private final Counter timeouts;
    private final Counter expired;
    private final Counter deadLettered;
    private final Counter discarded;
    private final Counter defects;

    QueueMeters(MeterRegistry registry) {
        deliveries = registry.counter("portask.queues.deliveries");
        redeliveries = registry.counter("portask.queues.redeliveries");
        acks = registry.counter("portask.queues.acks");
        timeouts = registry.counter("portask.queues.ack.timeouts");
        expired = registry.counter("portask.queues.expired");
        deadLettered = registry.counter("portask.queues.dead.lettered");
        discarded = registry.counter("portask.queues.discarded");
        defects = registry.counter("portask.queues.header.defects");
    }

    /** A message was delivered whose headers were not understood. */
    void onDefect() {
        defects.increment();
    }

    /** What of one partition's counters the meters know. */
    final class Counted {
        private final QueueCounters counters;
        private long knownDeliveries;
        private long knownRedeliveries;
        private long knownAcks;
        private long knownTimeouts;
        private long knownExpired;
        private long knownDeadLettered;
        private long knownDiscarded;

        Counted(QueueCounters counters) {
            this.counters = counters;
        }

        /** Takes notice of what happened since the last call. */
        void update() {
            knownDeliveries = raise(deliveries, knownDeliveries, counters.delivered());
            knownRedeliveries = raise(redeliveries, knownRedeliveries, counters.redelivered());
            knownAcks = raise(acks, knownAcks, counters.acknowledged());
            knownTimeouts = raise(timeouts, knownTimeouts, counters.timedOut());
            knownExpired = raise(expired, knownExpired, counters.expired());
            knownDeadLettered = raise(deadLettered, knownDeadLettered, counters.deadLettered());
            knownDiscarded = raise(discarded, knownDiscarded, counters.discarded());
        }

        private static long raise(Counter meter, long known, long now) {
            if (now != known) {
                meter.increment((double) (now - known));
            }
            return now;
        }
    }
}
