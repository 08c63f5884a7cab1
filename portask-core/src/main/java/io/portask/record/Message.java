package io.portask.record;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message to be published. Immutable; arrays are not copied, so whoever passes one must not change it afterwards.
 *
 * @param topic where it goes
 * @param partition the partition, or {@link #ANY_PARTITION} to let the key, or else the publisher, choose
 * @param key decides the partition (Kafka-compatible murmur2) and names what the message is about; may be null
 * @param value the content; null is a tombstone for the key
 * @param headers names and values that travel with it, in order; names may repeat
 * @param timestamp milliseconds since 1970 UTC, or {@link #NOW} for the time of publishing
 */
@SuppressWarnings("ArrayRecordComponent")
public record Message(
        String topic,
        int partition,
        byte @Nullable [] key,
        byte @Nullable [] value,
        List<Header> headers,
        long timestamp) {
    public static final int ANY_PARTITION = -1;
    public static final long NOW = -1;

    public Message {
        headers = List.copyOf(headers);
    }

    public static Message of(String topic, byte @Nullable [] value) {
        return new Message(topic, ANY_PARTITION, null, value, List.of(), NOW);
    }

    /** A message whose value is the text in UTF-8. */
    public static Message of(String topic, String value) {
        return of(topic, value.getBytes(StandardCharsets.UTF_8));
    }

    public static Message of(String topic, byte @Nullable [] key, byte @Nullable [] value) {
        return new Message(topic, ANY_PARTITION, key, value, List.of(), NOW);
    }

    public static Message of(String topic, String key, String value) {
        return of(topic, key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }

    public Message withPartition(int number) {
        return new Message(topic, number, key, value, headers, timestamp);
    }

    public Message withTimestamp(long epochMs) {
        return new Message(topic, partition, key, value, headers, epochMs);
    }

    public Message withHeader(String name, byte @Nullable [] headerValue) {
        List<Header> more = new ArrayList<>(headers);
        more.add(new Header(name, headerValue));
        return new Message(topic, partition, key, value, more, timestamp);
    }

    public Message withHeader(String name, String headerValue) {
        return withHeader(name, headerValue.getBytes(StandardCharsets.UTF_8));
    }
}
