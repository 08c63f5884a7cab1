package io.portask.consumer;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.QueuePartition;
import io.portask.record.TopicPartition;
import java.time.Duration;

/**
 * What a worker answers for a delivery.
 *
 * @param timeMs for {@link Kind#NACK} when the message is to be delivered again, in ms from now, or {@link
 *     QueuePartition#CONFIGURED_DELAY}; for {@link Kind#EXTEND} how long it is still held; otherwise without meaning
 */
public record Settlement(TopicPartition partition, long offset, int attempt, Kind kind, long timeMs) {
    /** What is to become of the message. */
    public enum Kind {
        /** It is done, and never delivered again. */
        ACK,
        /** It failed, and is delivered again after a delay. */
        NACK,
        /** It needs longer than the ack timeout. */
        EXTEND,
        /** It can never be done, and is given up at once. */
        REJECT
    }

    private static final long MAX_MS = Duration.ofHours(24).toMillis();

    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST} for a time beyond 24 h, and what is below 0 */
    public Settlement {
        long least = kind == Kind.NACK ? QueuePartition.CONFIGURED_DELAY : 0;
        if (timeMs < least || timeMs > MAX_MS) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, kind + " takes 0 ms to 24 h, not " + timeMs + " ms");
        }
        if (attempt < 1 || offset < 0) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "A delivery has an offset of 0 or more and an attempt of 1 or more, not " + offset + " and "
                            + attempt);
        }
    }

    public static Settlement ack(Delivery delivery) {
        return of(delivery, Kind.ACK, 0);
    }

    /** The message is delivered again after the delay that the group's configuration gives to this failure. */
    public static Settlement nack(Delivery delivery) {
        return of(delivery, Kind.NACK, QueuePartition.CONFIGURED_DELAY);
    }

    /** @param delay 0 to 24 h */
    public static Settlement nack(Delivery delivery, Duration delay) {
        return of(delivery, Kind.NACK, delay.isNegative() ? Long.MIN_VALUE : delay.toMillis());
    }

    public static Settlement reject(Delivery delivery) {
        return of(delivery, Kind.REJECT, 0);
    }

    /** @param more from now on; up to 24 h */
    public static Settlement extend(Delivery delivery, Duration more) {
        return of(delivery, Kind.EXTEND, more.toMillis());
    }

    private static Settlement of(Delivery delivery, Kind kind, long timeMs) {
        return new Settlement(delivery.partition(), delivery.offset(), delivery.attempt(), kind, timeMs);
    }
}
