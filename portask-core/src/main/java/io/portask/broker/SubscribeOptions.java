package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.StartPosition;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to subscribe to, and how.
 *
 * @param topic the topic; created if it is missing and the broker creates topics by itself
 * @param partitions which partitions, each named once; all of them if empty
 * @param from where to start; the oldest message kept unless set
 * @param consumer the name under which offsets are committed; null for none
 * @param maxFetchBytes how much is read at a time from one partition, in bytes; 1 MiB unless set
 * @param creditBytes for push subscriptions: how many bytes of batches are delivered before {@link PushSubscription#request} adds
 *     more; unlimited unless set
 */
public record SubscribeOptions(
        String topic,
        List<Integer> partitions,
        StartPosition from,
        @Nullable String consumer,
        int maxFetchBytes,
        long creditBytes) {
    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST} for values that mean nothing */
    public SubscribeOptions {
        partitions = List.copyOf(partitions);
        if (Set.copyOf(partitions).size() < partitions.size()) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST, "Each partition is named once, not as in " + partitions);
        }
        if (maxFetchBytes < 1 || creditBytes < 0) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "maxFetchBytes is at least 1 and creditBytes at least 0, not " + maxFetchBytes + " and "
                            + creditBytes);
        }
    }

    /** All partitions of a topic, from the oldest message kept. */
    public static SubscribeOptions of(String topic) {
        return new SubscribeOptions(topic, List.of(), StartPosition.earliest(), null, 1 << 20, Long.MAX_VALUE);
    }

    public SubscribeOptions from(StartPosition position) {
        return new SubscribeOptions(topic, partitions, position, consumer, maxFetchBytes, creditBytes);
    }

    public SubscribeOptions partitions(Integer... numbers) {
        return new SubscribeOptions(topic, List.of(numbers), from, consumer, maxFetchBytes, creditBytes);
    }

    /** Starts where the named consumer committed, or at the oldest message kept if it never did. */
    public SubscribeOptions as(String consumerName) {
        return new SubscribeOptions(
                topic, partitions, StartPosition.committed(), consumerName, maxFetchBytes, creditBytes);
    }

    public SubscribeOptions maxFetchBytes(int bytes) {
        return new SubscribeOptions(topic, partitions, from, consumer, bytes, creditBytes);
    }

    public SubscribeOptions creditBytes(long bytes) {
        return new SubscribeOptions(topic, partitions, from, consumer, maxFetchBytes, bytes);
    }
}
