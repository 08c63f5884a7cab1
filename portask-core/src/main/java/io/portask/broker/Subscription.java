package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A subscription that is read by polling, on the caller's threads: it has none of its own and reads nothing ahead. One thread
 * polls at a time; {@link #close()} may come from any and ends a poll that waits.
 */
public final class Subscription implements Attached {
    private final Broker broker;
    private final SubscriptionReader reader;
    private final Semaphore moreData;
    private volatile boolean closed;

    private Subscription(Broker broker, SubscriptionReader reader, Semaphore moreData) {
        this.broker = broker;
        this.reader = reader;
        this.moreData = moreData;
    }

    static CompletionStage<Subscription> open(Broker broker, SubscribeOptions options) {
        Semaphore moreData = new Semaphore(0);
        return SubscriptionReader.open(broker, options, moreData::release).thenApply(reader -> {
            Subscription subscription = new Subscription(broker, reader, moreData);
            broker.join(subscription);
            return subscription;
        });
    }

    /**
     * The next messages of one partition, in order; waits for the first of them.
     *
     * @return empty if none came in time
     * @throws PortaskException {@link ErrorCode#CLOSED} after close, {@link ErrorCode#UNKNOWN_TOPIC} after the topic's deletion,
     *     {@link ErrorCode#INTERRUPTED}, and whatever the store fails with
     */
    public List<ReceivedMessage> poll(Duration timeout) {
        long deadline = System.nanoTime() + TimeUnit.NANOSECONDS.convert(timeout);
        while (true) {
            if (closed) {
                throw new PortaskException(ErrorCode.CLOSED, "The subscription is closed");
            }
            MessageReader.Chunk chunk = reader.readNext();
            List<ReceivedMessage> messages = chunk.messages();
            if (!messages.isEmpty()) {
                reader.onTaken(messages.get(messages.size() - 1));
                return messages;
            }
            if (chunk.sizeInBytes() == 0 && reader.armAll() && !awaitMoreData(deadline)) {
                return List.of();
            }
        }
    }

    private boolean awaitMoreData(long deadline) {
        try {
            boolean woken = moreData.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            moreData.drainPermits();
            return woken;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PortaskException(ErrorCode.INTERRUPTED, "Interrupted while polling", e);
        }
    }

    /** For each partition the offset after the last message that a poll returned. */
    public Map<TopicPartition, Long> positions() {
        return reader.positions();
    }

    /** Commits {@link #positions()} under the subscription's consumer name, and waits for it. */
    public void commit() {
        reader.commit();
    }

    @Override
    public void close() {
        closed = true;
        broker.leave(this);
        reader.close();
        moreData.release();
    }
}
