package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A topic that something built on the broker writes to: one of its own, whose name is reserved, or one that belongs to
 * everybody. Batches are of our own making, so they are not checked, and may be larger than {@link BrokerConfig#maxBatchBytes()}. Any thread.
 */
public final class InternalTopic {
    private final Broker broker;
    private final String name;

    public InternalTopic(Broker broker, String name) {
        this.broker = broker;
        this.name = name;
    }

    public String name() {
        return name;
    }

    /** What the store says of it; null if it is not there. */
    public CompletionStage<@Nullable TopicDescription> findAsync() {
        return broker.running(() -> broker.store()
                .describeTopic(name)
                .<@Nullable TopicDescription>thenApply(found -> found)
                .exceptionallyCompose(unless(ErrorCode.UNKNOWN_TOPIC)));
    }

    /** Creates the topic, which then keeps everything, unless it is there. It is not counted as one of the broker's topics. */
    public CompletionStage<@Nullable TopicDescription> createAsync(int partitions) {
        return broker.running(() -> broker.store()
                        .createTopic(new TopicSpec(name, partitions, TopicConfig.DEFAULT))
                        .<@Nullable TopicDescription>thenApply(created -> created)
                        .exceptionallyCompose(unless(ErrorCode.TOPIC_EXISTS)))
                .thenCompose(created -> created == null ? findAsync() : CompletableFuture.completedFuture(created));
    }

    private static Function<Throwable, CompletionStage<@Nullable TopicDescription>> unless(ErrorCode expected) {
        return error -> PortaskException.of(error).code() == expected
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(error);
    }

    /** Appends one batch at the store's default durability. The bytes are the caller's again when the call returns. */
    public CompletionStage<AppendResult> append(int partition, ByteBuffer batch) {
        ByteBuffer copy =
                ByteBuffer.allocate(batch.remaining()).put(batch.duplicate()).flip();
        return broker.counted(() -> broker.appendResolved(
                new TopicPartition(name, partition), copy, broker.capabilities().defaultDurability()));
    }

    /** As {@link Broker#trimAsync}. */
    public CompletionStage<Long> trimAsync(int partition, long offset) {
        return broker.counted(() -> broker.store().trim(new TopicPartition(name, partition), offset));
    }
}
