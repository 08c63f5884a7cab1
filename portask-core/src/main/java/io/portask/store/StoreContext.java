package io.portask.store;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;

/** What a store gets from the broker that opens it. */
public record StoreContext(MeterRegistry meters, Clock clock) {}
