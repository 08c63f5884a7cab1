package io.portask.broker;

import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.MessageStore;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Checks record batches that came from outside and appends them, in the order of the calls for each topic. Any thread. */
final class BatchAppender implements AutoCloseable {
    private final Broker broker;
    private final MessageStore store;
    private final TopicRegistry topics;
    private final BrokerMeters meters;
    private final DeferredAppends deferred = new DeferredAppends();
    private final BatchValidator validator;

    BatchAppender(Broker broker, TopicRegistry topics) {
        this.broker = broker;
        this.store = broker.store();
        this.topics = topics;
        this.meters = broker.meters();
        this.validator = new BatchValidator(broker.config().maxBatchBytes());
    }

    DeferredAppends deferred() {
        return deferred;
    }

    /** @param durability null for the store's default */
    CompletionStage<AppendResult> append(
            TopicPartition partition, ByteBuffer batches, @Nullable Durability durability) {
        return metered(batches.remaining(), () -> checkAndAppend(partition, batches, durability));
    }

    /** For batches of our own making and a topic that was looked up. */
    CompletionStage<AppendResult> appendResolved(TopicPartition partition, ByteBuffer batches, Durability durability) {
        return metered(
                batches.remaining(), () -> topics.hub(partition).thenCompose(hub -> store(hub, batches, durability)));
    }

    private CompletionStage<AppendResult> metered(int bytes, Broker.Call<AppendResult> append) {
        long startNs = System.nanoTime();
        CompletableFuture<AppendResult> appended = broker.running(append).toCompletableFuture();
        if (appended.isDone() && !appended.isCompletedExceptionally()) {
            meters.onPublished(appended.join(), bytes, startNs);
            return appended;
        }
        return appended.whenComplete((result, error) -> {
            if (error == null) {
                meters.onPublished(result, bytes, startNs);
            }
        });
    }

    private CompletionStage<AppendResult> checkAndAppend(
            TopicPartition partition, ByteBuffer batches, @Nullable Durability durability) {
        Durability wanted = durability == null ? store.capabilities().defaultDurability() : durability;
        ReservedTopics.checkOpen(partition);
        validator.check(batches);
        if (deferred.isWaiting(partition.topic())) {
            return defer(partition, topics.hub(partition).toCompletableFuture(), batches, wanted);
        }
        PartitionHub known = topics.known(partition);
        if (known != null) {
            return store(known, batches, wanted);
        }
        CompletableFuture<PartitionHub> lookup = topics.hub(partition).toCompletableFuture();
        return lookup.isDone()
                ? lookup.thenCompose(hub -> store(hub, batches, wanted))
                : defer(partition, lookup, batches, wanted);
    }

    private CompletionStage<AppendResult> store(PartitionHub hub, ByteBuffer batches, Durability durability) {
        TopicPartition partition = hub.partition();
        return broker.forgetIfUnknown(partition.topic(), () -> store.append(partition, batches, durability));
    }

    private CompletionStage<AppendResult> defer(
            TopicPartition partition,
            CompletableFuture<PartitionHub> lookup,
            ByteBuffer batches,
            Durability durability) {
        ByteBuffer copy = ByteBuffer.allocate(batches.remaining())
                .put(batches.duplicate())
                .flip();
        return deferred.defer(
                partition.topic(),
                copy.remaining(),
                lookup,
                () -> lookup.thenCompose(hub -> store(hub, copy, durability)));
    }

    @Override
    public void close() {
        validator.close();
    }
}
