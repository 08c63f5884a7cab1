package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Header;
import io.portask.record.Message;
import io.portask.record.PublishResult;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Publishes messages in batches. Within a partition they are stored in the order in which one thread sent them, also where a lost
 * connection or a retriable error makes it send them again, and (unless it is configured not to be idempotent) each once.
 *
 * <p>May be used by any number of threads. Sending waits only for room in the buffers and, the first time, for the number of a
 * topic's partitions; on the client's own thread, in a callback, it fails with {@link ErrorCode#OVERLOADED} rather than wait.
 */
public final class Producer implements AutoCloseable {
    private static final int MAX_CLOSE_MS = 30_000;

    private final ProducerCore core;
    private final ProducerConfig config;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable TopicRoute lastRoute;

    Producer(ProducerCore core, Runnable onClose) {
        this.core = core;
        this.config = core.config();
        this.onClose = onClose;
    }

    /** Completes on the client's thread, which its dependents must not block; fails with {@link PortaskException} only. */
    public CompletionStage<PublishResult> send(Message message) {
        FutureCallback callback = new FutureCallback();
        try {
            send(message, callback);
        } catch (PortaskException e) {
            return CompletableFuture.failedFuture(e);
        }
        return callback.result();
    }

    void send(Message message, SendCallback callback) {
        long timestamp = message.timestamp() == Message.NOW ? System.currentTimeMillis() : message.timestamp();
        send(
                message.topic(),
                message.partition(),
                timestamp,
                message.key(),
                message.value(),
                message.headers(),
                callback);
    }

    /**
     * Sends without making an object for the message. The arrays are the caller's again when it returns.
     *
     * @param partition a number, or {@link Message#ANY_PARTITION}: the key's partition, or without a key one after the other, a
     *     batch each
     * @param callback told what became of it, unless this method throws; null if {@link #flush()} is enough
     * @throws PortaskException if the message was not taken: {@link ErrorCode#BATCH_TOO_LARGE}, {@link ErrorCode#OVERLOADED} and
     *     {@link ErrorCode#TIMEOUT} for full buffers, {@link ErrorCode#UNKNOWN_TOPIC}, {@link ErrorCode#INTERRUPTED}, {@link
     *     ErrorCode#CLOSED}
     */
    public void send(
            String topic,
            int partition,
            byte @Nullable [] key,
            byte @Nullable [] value,
            @Nullable SendCallback callback) {
        send(topic, partition, System.currentTimeMillis(), key, value, List.of(), callback);
    }

    private void send(
            String topic,
            int partition,
            long timestamp,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<Header> headers,
            @Nullable SendCallback callback) {
        if (closed.get()) {
            throw ProducerCore.closed();
        }
        long size = RecordSizes.alone(key, value, headers);
        if (size > config.batchBytes()) {
            checkSize(size);
        }
        TopicRoute route = route(topic);
        if (partition == Message.ANY_PARTITION) {
            int chosen = route.choose(key, core.partitions(route));
            if (route.accumulator(chosen).append(timestamp, key, value, headers, size, callback) && key == null) {
                route.rotate(chosen);
            }
        } else {
            route.accumulator(partition).append(timestamp, key, value, headers, size, callback);
        }
    }

    private void checkSize(long size) {
        int max = core.maxBatchBytes();
        if (size > max) {
            throw new PortaskException(
                    ErrorCode.BATCH_TOO_LARGE,
                    "The message makes a batch of " + size + " bytes; the server takes at most " + max);
        }
    }

    private TopicRoute route(String topic) {
        TopicRoute last = lastRoute;
        if (last != null && last.topic().equals(topic)) {
            return last;
        }
        TopicRoute route = core.route(topic);
        lastRoute = route;
        return route;
    }

    /** Whether a message can be sent without waiting for the number of partitions. */
    boolean isRouted(Message message) {
        return message.partition() != Message.ANY_PARTITION
                || route(message.topic()).partitions() != TopicRoute.UNKNOWN;
    }

    /** Asks for the number of a topic's partitions. */
    CompletableFuture<Integer> lookUp(String topic) {
        return core.lookUp(route(topic));
    }

    /**
     * Waits until everything sent so far is acknowledged or failed; nothing lingers any more. {@link
     * ProducerConfig#deliveryTimeoutMs()} bounds it.
     *
     * @throws PortaskException the first failure since the last flush; {@link ErrorCode#INTERRUPTED}
     */
    public void flush() {
        core.flush();
    }

    /** Flushes, within 30 s or the delivery timeout, and fails what is left with {@link ErrorCode#CLOSED}. Idempotent. */
    @Override
    public void close() {
        close(Math.min(MAX_CLOSE_MS, config.deliveryTimeoutMs()));
    }

    void close(long timeoutMs) {
        if (closed.compareAndSet(false, true)) {
            core.close(timeoutMs);
            onClose.run();
        }
    }
}
