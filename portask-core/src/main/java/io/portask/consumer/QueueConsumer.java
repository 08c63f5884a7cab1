package io.portask.consumer;

import io.portask.broker.Blocking;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A worker of a work queue that polls. It holds what it polled until it answers for each message, or until the ack timeout has ended; while it does not
 * poll it gets nothing. Any thread may answer; one thread at a time polls. {@link #close()} may come from any, and ends a poll that waits.
 */
public final class QueueConsumer implements AutoCloseable {
    private record Held(Delivery delivery, long arrivedNs) {}

    private final String group;
    private final long ackTimeoutNs;
    private final GroupWorker worker;
    private final Object lock = new Object();
    private final Deque<Held> arrived = new ArrayDeque<>();
    private @Nullable PortaskException ended;

    private QueueConsumer(Groups groups, QueueOptions options) {
        this.group = options.group();
        this.ackTimeoutNs = TimeUnit.MILLISECONDS.toNanos(options.config().ackTimeoutMs());
        this.worker = Blocking.await(groups.workAsync(options, new Arrivals()), GroupWorker::leaveAsync);
    }

    static QueueConsumer join(Groups groups, QueueOptions options) {
        return new QueueConsumer(groups, options);
    }

    private final class Arrivals implements GroupWorkerListener {
        @Override
        public void onDeliveries(List<Delivery> deliveries) {
            long now = System.nanoTime();
            synchronized (lock) {
                deliveries.forEach(delivery -> arrived.add(new Held(delivery, now)));
                lock.notifyAll();
            }
        }

        @Override
        public void onEnded(PortaskException reason) {
            end(reason);
        }
    }

    private void end(PortaskException reason) {
        synchronized (lock) {
            if (ended == null) {
                ended = reason;
            }
            arrived.clear();
            lock.notifyAll();
        }
    }

    /**
     * The next messages; waits for the first of them.
     *
     * @param max 1 or more
     * @return empty if none came in time
     * @throws PortaskException {@link ErrorCode#CLOSED} after close, {@link ErrorCode#INTERRUPTED}
     */
    public List<Delivery> poll(int max, Duration timeout) {
        if (max < 1) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "A poll is for 1 message or more, not " + max);
        }
        List<Delivery> polled = new ArrayList<>();
        synchronized (lock) {
            take(max, polled);
        }
        if (!polled.isEmpty()) {
            return polled;
        }
        worker.request(max);
        try {
            await(System.nanoTime() + TimeUnit.NANOSECONDS.convert(timeout), max, polled);
        } finally {
            worker.withdraw();
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

    /** What came after the end of a poll and was not polled within the ack timeout is somebody else's by now. */
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

    /**
     * The message is done. Waits until that is stored; it is then never delivered again.
     *
     * @throws PortaskException {@link ErrorCode#CLOSED} after close, and as the store does when it cannot keep the answer: whether it takes effect
     *     is then unknown
     */
    public DeliveryAnswer ack(Delivery delivery) {
        return settle(Settlement.ack(delivery));
    }

    /** As {@link #ack}, without waiting. */
    public CompletionStage<DeliveryAnswer> ackAsync(Delivery delivery) {
        return settleAsync(List.of(Settlement.ack(delivery))).thenApply(answers -> answers.get(0));
    }

    /** As {@link #ack}, for all of them. */
    public List<DeliveryAnswer> ackAll(Collection<Delivery> deliveries) {
        return Blocking.await(
                settleAsync(deliveries.stream().map(Settlement::ack).toList()));
    }

    /** The delivery failed; the message is delivered again after the delay that the group's configuration gives to this failure. */
    public DeliveryAnswer nack(Delivery delivery) {
        return settle(Settlement.nack(delivery));
    }

    /** @param delay 0 to 24 h */
    public DeliveryAnswer nack(Delivery delivery, Duration delay) {
        return settle(Settlement.nack(delivery, delay));
    }

    /** The message can never be done: it is given up at once. */
    public DeliveryAnswer reject(Delivery delivery) {
        return settle(Settlement.reject(delivery));
    }

    /** @param more how long the message is held from now on; up to 24 h */
    public DeliveryAnswer extend(Delivery delivery, Duration more) {
        return settle(Settlement.extend(delivery, more));
    }

    private DeliveryAnswer settle(Settlement settlement) {
        return Blocking.await(settleAsync(List.of(settlement))).get(0);
    }

    /** As {@link GroupWorker#settleAsync}. */
    public CompletionStage<List<DeliveryAnswer>> settleAsync(List<Settlement> settlements) {
        return worker.settleAsync(settlements);
    }

    /** What the worker holds goes to others at once. */
    @Override
    public void close() {
        end(new PortaskException(ErrorCode.CLOSED, "The worker of group '" + group + "' is closed"));
        Blocking.await(worker.leaveAsync());
    }
}
