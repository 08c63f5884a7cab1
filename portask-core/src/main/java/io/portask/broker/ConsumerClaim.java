package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.record.TopicPartition;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The right to commit offsets under a consumer's name, for one at a time in a broker: while a group has it, {@link
 * Broker#commit} and {@link Broker#forgetConsumerAsync} under that name fail with {@link ErrorCode#GROUP_MODE_MISMATCH}. Any
 * thread.
 */
public final class ConsumerClaim implements AutoCloseable {
    private final Broker broker;
    private final ConsumerClaims claims;
    private final String consumer;

    ConsumerClaim(Broker broker, ConsumerClaims claims, String consumer) {
        this.broker = broker;
        this.claims = claims;
        this.consumer = consumer;
    }

    /** As {@link Broker#commitAsync}. */
    public CompletionStage<@Nullable Void> commitAsync(Map<TopicPartition, Long> offsets) {
        return broker.counted(() -> broker.store().commitOffsets(consumer, offsets));
    }

    /** As {@link Broker#forgetConsumerAsync}. */
    public CompletionStage<@Nullable Void> forgetAsync() {
        return broker.counted(() -> broker.store().forgetConsumer(consumer));
    }

    /** Gives the name back. */
    @Override
    public void close() {
        claims.release(consumer, this);
    }
}
