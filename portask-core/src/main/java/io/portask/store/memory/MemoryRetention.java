package io.portask.store.memory;

import java.time.Clock;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;

/** When what the topics do not keep is dropped: on the thread of a call to the store, at most once a second. Any thread. */
final class MemoryRetention {
    private static final long INTERVAL_MS = 1000;

    private final Clock clock;
    private final AtomicLong dueMs = new AtomicLong(Long.MIN_VALUE);

    MemoryRetention(Clock clock) {
        this.clock = clock;
    }

    void enforceIfDue(Collection<MemoryTopic> topics) {
        long now = clock.millis();
        long due = dueMs.get();
        boolean clockWentBack = due > now + INTERVAL_MS;
        if ((now >= due || clockWentBack) && dueMs.compareAndSet(due, now + INTERVAL_MS)) {
            enforce(topics, now);
        }
    }

    void enforce(Collection<MemoryTopic> topics) {
        enforce(topics, clock.millis());
    }

    private static void enforce(Collection<MemoryTopic> topics, long nowMs) {
        for (MemoryTopic topic : topics) {
            topic.enforceRetention(nowMs);
        }
    }
}
