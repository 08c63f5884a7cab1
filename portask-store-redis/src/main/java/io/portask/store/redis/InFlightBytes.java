package io.portask.store.redis;

import io.micrometer.core.instrument.MeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The memory that appends take until Redis has answered. Any thread. */
final class InFlightBytes {
    private final long most;
    private final AtomicLong used = new AtomicLong();
    private final Object idle = new Object();

    InFlightBytes(long most, MeterRegistry meters) {
        this.most = most;
        meters.gauge("portask.redis.in.flight.bytes", used);
    }

    /** @throws PortaskException {@link ErrorCode#OVERLOADED} beyond the bound; one append alone always fits */
    void take(int bytes) {
        long now = used.addAndGet(bytes);
        if (now > most && now > bytes) {
            used.addAndGet(-bytes);
            throw new PortaskException(
                    ErrorCode.OVERLOADED,
                    "Appends of more than maxInFlightBytes=" + most + " wait for Redis. Publish again later");
        }
    }

    void release(int bytes) {
        if (used.addAndGet(-bytes) == 0) {
            synchronized (idle) {
                idle.notifyAll();
            }
        }
    }

    /** Blocks until nothing is under way, at most for some time. */
    void awaitIdle(long patienceMs) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
        synchronized (idle) {
            try {
                long left = patienceMs;
                while (used.get() > 0 && left > 0) {
                    idle.wait(left);
                    left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
