package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
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
    private final PortaskClient client;
    private final ConsumerConfig config;
    private final ChunkFeed feed = new ChunkFeed();
    private final List<PartitionSubscription> subscriptions;

    private ConsumerCore(
            PortaskClient client,
            ClientConductor conductor,
            ClientLoop loop,
            ConsumerConfig config,
            List<TopicPartition> partitions) {
        this.client = client;
        this.config = config;
        this.subscriptions = partitions.stream()
                .map(partition -> new PartitionSubscription(conductor, loop, partition, config, feed.queue()))
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
    ChunkFeed.@Nullable Run next(int maxMessages, long timeoutNs) {
        return feed.next(maxMessages, timeoutNs, subscription -> true);
    }

    boolean isClosed() {
        return feed.isClosed();
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
        feed.wakeup();
    }

    /** Idempotent. A poll that waits ends with CLOSED. */
    void close() {
        subscriptions.forEach(PartitionSubscription::close);
        feed.close();
    }
}
