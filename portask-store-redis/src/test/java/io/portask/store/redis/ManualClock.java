package io.portask.store.redis;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until it is told. */
final class ManualClock extends Clock {
    private final AtomicLong ms = new AtomicLong(1_000_000);

    void advance(long byMs) {
        ms.addAndGet(byMs);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(ms.get());
    }
}
