package io.portask.store.log;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What was removed from the segments of one store, by reason. */
record RemovalMeters(Counter aged, Counter oversized, Counter rewritten) {
    private static final String NAME = "portask.store.removed.bytes";

    static RemovalMeters in(MeterRegistry meters) {
        return new RemovalMeters(
                meters.counter(NAME, "reason", "age"),
                meters.counter(NAME, "reason", "size"),
                meters.counter(NAME, "reason", "rewrite"));
    }
}
