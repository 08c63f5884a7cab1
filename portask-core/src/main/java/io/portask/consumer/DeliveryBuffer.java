package io.portask.consumer;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What came for a worker that polls, until it polls. Any thread; one at a time polls. */
public final class DeliveryBuffer {
    private record Held(Delivery delivery, long arrivedNs) {}

    private final long ackTimeoutNs;
    private final Object lock = new Object();
    private final Deque<Held> arrived = new ArrayDeque<>();
    private @Nullable PortaskException ended;

    /** @param ackTimeoutMs after which a message that was not polled is somebody else's */
    public DeliveryBuffer(long ackTimeoutMs) {
        this.ackTimeoutNs = TimeUnit.MILLISECONDS.toNanos(ackTimeoutMs);
    }

    public void add(List<Delivery> deliveries) {
        long now = System.nanoTime();
        synchronized (lock) {
            deliveries.forEach(delivery -> arrived.add(new Held(delivery, now)));
            lock.notifyAll();
        }
    }

    /** What came and was not polled is not the worker's any more. */
    public void clear() {
        synchronized (lock) {
            arrived.clear();
        }
    }

    /** Polls fail from now on. Only the first reason counts. */
    public void end(PortaskException reason) {
        synchronized (lock) {
            if (ended == null) {
                ended = reason;
            }
            arrived.clear();
            lock.notifyAll();
        }
    }

    /**
     * As {@link PollingWorker#poll}.
     *
     * @param ask called where nothing has come yet, before waiting
     */
    public List<Delivery> poll(int max, Duration timeout, Runnable ask) {
        if (max < 1) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "A poll is for 1 message or more, not " + max);
        }
        long deadlineNs = System.nanoTime() + TimeUnit.NANOSECONDS.convert(timeout);
        List<Delivery> polled = new ArrayList<>();
        synchronized (lock) {
            take(max, polled);
        }
        if (polled.isEmpty()) {
            ask.run();
            await(deadlineNs, max, polled);
        }
        return polled;
    }

    private void await(long deadlineNs, int max, List<Delivery> polled) {
        try {
            synchronized (lock) {
                take(max, polled);
                long leftNs = deadlineNs - System.nanoTime();
                while (polled.isEmpty() && leftNs > 0) {
                    TimeUnit.NANOSECONDS.timedWait(lock, leftNs);
                    take(max, polled);
                    leftNs = deadlineNs - System.nanoTime();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PortaskException(ErrorCode.INTERRUPTED, "Interrupted while waiting for messages", e);
        }
    }

    private void take(int max, List<Delivery> polled) {
        if (ended != null) {
            throw new PortaskException(ended.code(), String.valueOf(ended.getMessage()), ended);
        }
        long now = System.nanoTime();
        while (polled.size() < max && !arrived.isEmpty()) {
            Held held = arrived.remove();
            if (now - held.arrivedNs < ackTimeoutNs) {
                polled.add(held.delivery);
            }
        }
    }
}
