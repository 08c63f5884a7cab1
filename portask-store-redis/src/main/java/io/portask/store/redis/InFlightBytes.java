package io.portask.store.redis;

import io.micrometer.core.instrument.MeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The memory that appends take until Redis has answered. Beyond the bound they fail; or they wait, in the order in which they came,
 * for as long as a command may take and in as much memory again. No thread waits with them. Any thread.
 */
final class InFlightBytes {
    private final long most;
    private final long patienceNs;
    private final boolean waits;
    private final Object lock = new Object();
    private final Deque<Waiting> line = new ArrayDeque<>();
    private long used;
    private long inLine;

    /** Whether a thread lets those in whose turn it is: one at a time does, so that they stay in order. */
    private boolean admitting;

    /** For what becomes of those whose time is over; none before the start. */
    private @Nullable ScheduledExecutorService timer;

    private boolean timed;

    private record Waiting(int bytes, long deadlineNs, Entrant entrant) {}

    /** Who wants to begin. */
    interface Entrant {
        /** There is room, which is taken. */
        void enter();

        /** There is none, and nothing is taken. */
        void refuse(PortaskException why);
    }

    InFlightBytes(RedisConfig config, MeterRegistry meters) {
        this.most = config.maxInFlightBytes();
        this.waits = config.whenFull() == RedisConfig.WhenFull.WAIT;
        this.patienceNs = TimeUnit.MILLISECONDS.toNanos(config.timeoutMs());
        meters.gauge("portask.redis.in.flight.bytes", this, InFlightBytes::used);
        meters.gauge("portask.redis.waiting.bytes", this, InFlightBytes::waiting);
    }

    void start(ScheduledExecutorService threads) {
        synchronized (lock) {
            timer = threads;
        }
    }

    private long used() {
        synchronized (lock) {
            return used;
        }
    }

    private long waiting() {
        synchronized (lock) {
            return inLine;
        }
    }

    /** Lets it in at once, later, or never; one append alone always fits. Those of one thread keep their order. */
    void take(int bytes, Entrant entrant) {
        boolean now;
        synchronized (lock) {
            now = fits(bytes) && (!waits || (line.isEmpty() && !admitting));
            if (now) {
                used += bytes;
            } else if (!waits || (inLine > 0 && inLine + bytes > most)) {
                throw new PortaskException(
                        ErrorCode.OVERLOADED,
                        "Appends of more than maxInFlightBytes=" + most + " wait for Redis"
                                + (waits ? ", and as many for their turn" : "") + ". Publish again later");
            } else {
                line.add(new Waiting(bytes, System.nanoTime() + patienceNs, entrant));
                inLine += bytes;
                awaitDeadline();
            }
        }
        if (now) {
            entrant.enter();
        } else {
            admit();
        }
    }

    private boolean fits(int bytes) {
        return used == 0 || used + bytes <= most;
    }

    void release(int bytes) {
        synchronized (lock) {
            used -= bytes;
            if (used == 0) {
                lock.notifyAll();
            }
        }
        if (waits) {
            admit();
        }
    }

    /** Lets in whose turn it is, unless another thread does, which then sees what is new. */
    private void admit() {
        synchronized (lock) {
            if (admitting) {
                return;
            }
            admitting = true;
        }
        for (Waiting next = next(); next != null; next = next()) {
            next.entrant.enter();
        }
    }

    private @Nullable Waiting next() {
        synchronized (lock) {
            Waiting first = line.peek();
            if (first == null || !fits(first.bytes)) {
                admitting = false;
                return null;
            }
            line.remove();
            inLine -= first.bytes;
            used += first.bytes;
            return first;
        }
    }

    /** Under the lock. All wait for the same time, so that the first one's is over first. */
    private void awaitDeadline() {
        Waiting first = line.peek();
        if (first != null && !timed && timer != null) {
            try {
                var unused = timer.schedule(
                        this::onDeadline, Math.max(0, first.deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
                timed = true;
            } catch (RejectedExecutionException e) {
                // The store closes, and refuses all that wait.
                timed = false;
            }
        }
    }

    private void onDeadline() {
        List<Waiting> late = new ArrayList<>();
        synchronized (lock) {
            timed = false;
            long now = System.nanoTime();
            for (Waiting first = line.peek(); first != null && first.deadlineNs - now <= 0; first = line.peek()) {
                late.add(line.remove());
                inLine -= first.bytes;
            }
            awaitDeadline();
        }
        refuse(
                late,
                new PortaskException(
                        ErrorCode.OVERLOADED,
                        "Appends of more than maxInFlightBytes=" + most + " waited for Redis for too long. Nothing was"
                                + " stored; publish again later"));
    }

    private static void refuse(List<Waiting> waiting, PortaskException why) {
        waiting.forEach(each -> each.entrant.refuse(why));
    }

    /** Refuses all that wait for their turn. */
    void refuseWaiting(PortaskException why) {
        List<Waiting> all;
        synchronized (lock) {
            all = new ArrayList<>(line);
            line.clear();
            inLine = 0;
        }
        refuse(all, why);
    }

    /** Blocks until nothing is under way, at most for some time. */
    void awaitIdle(long patienceMs) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
        synchronized (lock) {
            try {
                long left = patienceMs;
                while (used > 0 && left > 0) {
                    lock.wait(left);
                    left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
