package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscription whose listener is called on a thread of the broker, one message at a time. It delivers while it has credit,
 * counted in bytes of whole batches: a batch larger than what is left still passes, the debt is then paid first.
 */
public final class PushSubscription implements Attached {
    private static final Logger LOG = LoggerFactory.getLogger(PushSubscription.class);

    private final Broker broker;
    private final MessageListener listener;
    private final SerialTask deliveries;
    private final AtomicLong credit;
    private volatile @Nullable SubscriptionReader reader;
    private volatile boolean closed;

    private PushSubscription(Broker broker, SubscribeOptions options, MessageListener listener) {
        this.broker = broker;
        this.listener = listener;
        this.credit = new AtomicLong(options.creditBytes());
        this.deliveries = new SerialTask(broker.dispatcher(), this::deliver);
    }

    static CompletionStage<PushSubscription> open(Broker broker, SubscribeOptions options, MessageListener listener) {
        PushSubscription subscription = new PushSubscription(broker, options, listener);
        return SubscriptionReader.open(broker, options, subscription.deliveries::schedule)
                .thenApply(reader -> {
                    subscription.reader = reader;
                    broker.join(subscription);
                    subscription.deliveries.schedule();
                    return subscription;
                });
    }

    private void deliver() {
        SubscriptionReader source = reader;
        if (source == null) {
            return;
        }
        try {
            while (!closed && credit.get() > 0) {
                MessageReader.Chunk chunk = source.readNext();
                if (chunk.sizeInBytes() == 0) {
                    if (source.armAll()) {
                        return;
                    }
                    continue;
                }
                spend(chunk.sizeInBytes());
                for (ReceivedMessage message : chunk.messages()) {
                    if (closed) {
                        return;
                    }
                    listener.onMessage(message);
                    source.onTaken(message);
                }
            }
        } catch (RuntimeException | Error e) {
            end(PortaskException.of(e));
        }
    }

    private void end(PortaskException reason) {
        if (closed) {
            return;
        }
        close();
        try {
            listener.onError(reason);
        } catch (RuntimeException | Error e) {
            LOG.error("A listener failed on being told of the end of its subscription", e);
        }
    }

    private void spend(int bytes) {
        credit.updateAndGet(left -> left == Long.MAX_VALUE ? left : left - bytes);
    }

    /**
     * Adds to the bytes that may be delivered.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} unless positive
     */
    public void request(long bytes) {
        if (bytes < 1) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "Credit is at least 1 byte, not " + bytes);
        }
        credit.updateAndGet(left -> left > Long.MAX_VALUE - bytes ? Long.MAX_VALUE : left + bytes);
        deliveries.schedule();
    }

    /** For each partition the offset after the last message that the listener took. */
    public Map<TopicPartition, Long> positions() {
        SubscriptionReader source = reader;
        return source == null ? Map.of() : source.positions();
    }

    /** Commits {@link #positions()} under the subscription's consumer name, and waits for it. */
    public void commit() {
        SubscriptionReader source = reader;
        if (source != null) {
            source.commit();
        }
    }

    /** No call of the listener begins after the one, if any, that runs now. */
    @Override
    public void close() {
        closed = true;
        broker.leave(this);
        SubscriptionReader source = reader;
        if (source != null) {
            source.close();
        }
    }
}
