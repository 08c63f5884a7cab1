package io.portask.consumer;

import io.portask.broker.Broker;
import io.portask.broker.InternalTopic;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeadLetterIntent;
import io.portask.queue.DeadLetters;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.store.AppendResult;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Carries out intents to dead-letter: creates the dead-letter topic where it is missing, and appends the copy. Any thread.
 *
 * <p>The store recognizes a repeat by its sequence. Where a dead-letter topic has seen an earlier intent of the same partition but not those since, because the
 * copies went to another topic meanwhile, the sequence has a gap; the copy then goes under the next epoch. Epochs are tried from the
 * first on, so that a repeat meets the one that it went under.
 */
final class DeadLetterWriter {
    private static final int INITIAL_BYTES = 1024;

    private final Broker broker;

    DeadLetterWriter(Broker broker) {
        this.broker = broker;
    }

    /** @param original null if it was deleted meanwhile */
    CompletionStage<AppendResult> write(
            DeadLetterIntent intent, @Nullable ReceivedMessage original, String topic, long nowMs) {
        Message letter = DeadLetters.copy(intent, original, topic, nowMs);
        return append(letter, intent, DeadLetterIntent.PRODUCER_EPOCH).exceptionallyCompose(error -> {
            if (PortaskException.of(error).code() != ErrorCode.UNKNOWN_TOPIC) {
                return CompletableFuture.failedFuture(error);
            }
            return create(topic).thenCompose(nothing -> append(letter, intent, DeadLetterIntent.PRODUCER_EPOCH));
        });
    }

    private CompletionStage<@Nullable Void> create(String topic) {
        return broker.createTopicAsync(topic, 1)
                .<@Nullable Void>thenApply(created -> null)
                .exceptionallyCompose(error -> PortaskException.of(error).code() == ErrorCode.TOPIC_EXISTS
                        ? CompletableFuture.completedFuture(null)
                        : CompletableFuture.failedFuture(error));
    }

    private CompletionStage<AppendResult> append(Message letter, DeadLetterIntent intent, short epoch) {
        CompletionStage<AppendResult> appended;
        try (RecordBatchBuilder batch = new RecordBatchBuilder(INITIAL_BYTES)) {
            batch.reset()
                    .producer(intent.producerId(), epoch, intent.sequence())
                    .append(letter.timestamp(), letter.key(), letter.value(), letter.headers());
            appended = new InternalTopic(broker, letter.topic()).append(DeadLetterIntent.PARTITION, batch.build());
        }
        return appended.exceptionallyCompose(error -> {
            ErrorCode code = PortaskException.of(error).code();
            boolean other = code == ErrorCode.PRODUCER_FENCED || code == ErrorCode.OUT_OF_ORDER_SEQUENCE;
            return other && epoch < Short.MAX_VALUE
                    ? append(letter, intent, (short) (epoch + 1))
                    : CompletableFuture.failedFuture(error);
        });
    }
}
