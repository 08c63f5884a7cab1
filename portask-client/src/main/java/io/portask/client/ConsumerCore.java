package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What both kinds of consumer share: the subscriptions, the chunks that arrived, positions and commits. One thread polls at a
 * time; everything else is for any.
 */
final class ConsumerCore {
    /**
     * Messages of one partition, in order.
     *
     * @param nextPosition the partition's position once all of them were taken
     */
    record Run(PartitionSubscription subscription, List<ReceivedMessage> messages, long nextPosition) {}

    private final PortaskClient client;
    private final ConsumerConfig config;
    private final ChunkQueue queue = new ChunkQueue();
    private final ChunkReader reader;
    private final Object decoding = new Object();
    private final List<PartitionSubscription> subscriptions;
    private volatile boolean closed;

    private ConsumerCore(
            PortaskClient client,
            ClientConductor conductor,
            ClientLoop loop,
            ConsumerConfig config,
            List<TopicPartition> partitions) {
        this.client = client;
        this.config = config;
        this.reader = new ChunkReader();
        this.subscriptions = partitions.stream()
                .map(partition -> new PartitionSubscription(conductor, loop, partition, config, queue))
                .toList();
    }

    /** Subscribes, and waits until the server has said where each partition begins. */
    static ConsumerCore open(
            PortaskClient client,
            ClientConductor conductor,
            ClientLoop loop,
            ConsumerConfig config,
            List<TopicPartition> partitions) {
        ConsumerCore core = new ConsumerCore(client, conductor, loop, config, partitions);
        CompletableFuture<?>[] begun = core.subscriptions.stream()
                .map(subscription -> subscription.begin(conductor.requestTimeoutMs()))
                .toArray(CompletableFuture<?>[]::new);
        if (client.isClosed()) {
            // The loop may have ended before it was told to begin, and drops what comes then.
            core.subscriptions.forEach(PartitionSubscription::abandon);
        }
        try {
            Blocking.await(loop, CompletableFuture.allOf(begun));
        } catch (RuntimeException e) {
            core.close();
            throw e;
        }
        return core;
    }

    /**
     * The next messages of one partition; waits for them, if so long.
     *
     * @return null if there are none in time, or after {@link #wakeup()}
     * @throws PortaskException CLOSED, INTERRUPTED, CORRUPT_BATCH, and what ended a subscription
     */
    @Nullable
    Run next(int maxMessages, long timeoutNs) {
        long deadlineNs = System.nanoTime() + timeoutNs;
        while (true) {
            checkOpen();
            if (reader.isIdle()) {
                long leftNs = timeoutNs == 0 ? 0 : deadlineNs - System.nanoTime();
                Chunk chunk = leftNs > 0 ? queue.poll(leftNs) : queue.poll();
                if (chunk == null) {
                    checkOpen();
                    return null;
                }
                reader.begin(chunk);
            }
            Run run = read(maxMessages);
            if (!run.messages().isEmpty()) {
                return run;
            }
            run.subscription().position(run.nextPosition());
        }
    }

    private Run read(int maxMessages) {
        synchronized (decoding) {
            checkOpen();
            PartitionSubscription subscription = reader.subscription();
            List<ReceivedMessage> messages = new ArrayList<>();
            boolean finished = reader.read(messages, maxMessages);
            Run run = new Run(subscription, messages, reader.position());
            if (finished) {
                Chunk done = reader.finish();
                queue.giveBack(done.batches());
                subscription.release(done.sizeInBytes());
            }
            return run;
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new PortaskException(ErrorCode.CLOSED, "The consumer is closed");
        }
    }

    boolean isClosed() {
        return closed;
    }

    ConsumerConfig config() {
        return config;
    }

    Map<TopicPartition, Long> positions() {
        return offsets(PartitionSubscription::position);
    }

    Map<TopicPartition, Long> endOffsets() {
        return offsets(PartitionSubscription::endOffset);
    }

    private Map<TopicPartition, Long> offsets(ToLongFunction<PartitionSubscription> which) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (PartitionSubscription subscription : subscriptions) {
            long offset = which.applyAsLong(subscription);
            if (offset != PartitionSubscription.UNKNOWN) {
                offsets.put(subscription.partition(), offset);
            }
        }
        return offsets;
    }

    CompletionStage<@Nullable Void> commitAsync(Map<TopicPartition, Long> offsets) {
        String name = config.consumerName();
        if (name == null) {
            return CompletableFuture.failedFuture(new PortaskException(
                    ErrorCode.INVALID_REQUEST, "Committing needs a consumer's name; set consumerName"));
        }
        return client.commitAsync(name, offsets);
    }

    void commit(Map<TopicPartition, Long> offsets) {
        client.await(commitAsync(offsets));
    }

    void wakeup() {
        queue.wakeup();
    }

    /** Idempotent. A poll that waits ends with CLOSED. */
    void close() {
        closed = true;
        subscriptions.forEach(PartitionSubscription::close);
        queue.close();
        synchronized (decoding) {
            reader.close();
        }
    }
}
