package io.portask.consumer;

import io.portask.queue.MessageTimes;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A message that a work queue handed to a worker, who is to answer for it.
 *
 * @param attempt 1 for the first delivery of the message; with its id it names the delivery
 * @param defect why the message's headers that delay or expire were not understood, for a person; null if they were, or are not there
 */
public record Delivery(
        ReceivedMessage message, int attempt, @Nullable String defect) {
    static Delivery of(ReceivedMessage message, int attempt) {
        String defect = message.headers().isEmpty()
                ? null
                : MessageTimes.of(message.headers(), message.timestamp()).defect();
        return new Delivery(message, attempt, defect);
    }

    public TopicPartition partition() {
        return new TopicPartition(message.topic(), message.partition());
    }

    public long offset() {
        return message.offset();
    }

    /** The value as UTF-8 text; empty for a tombstone. */
    public String text() {
        return message.text();
    }
}
