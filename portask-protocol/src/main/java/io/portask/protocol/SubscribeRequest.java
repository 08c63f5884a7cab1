package io.portask.protocol;

import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The payload that starts a subscription; its frame's correlation id names the subscription on this connection.
 *
 * <pre>
 *   string topic, i32 partition, u8 start kind, i64 start value, nullable string consumer, i64 credit bytes
 * </pre>
 *
 * @param consumer whose committed offset {@link StartPosition.Kind#COMMITTED} means; null without one
 * @param creditBytes what the server may deliver before it gets more credit; 0 or more
 */
public record SubscribeRequest(
        TopicPartition partition,
        StartPosition start,
        @Nullable String consumer,
        long creditBytes) {

    public void encode(PayloadWriter out) {
        PayloadFields.writePartition(out, partition);
        PayloadFields.writeStart(out, start);
        out.nullableString(consumer).i64(creditBytes);
    }

    public static SubscribeRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Subscribe", payload);
        SubscribeRequest subscribe = new SubscribeRequest(
                PayloadFields.readPartition(in),
                PayloadFields.readStart(in),
                in.nullableString("consumer", PayloadFields.MAX_CONSUMER_BYTES),
                in.nonNegative64("credit bytes"));
        in.end();
        if (subscribe.start.kind() == StartPosition.Kind.COMMITTED && subscribe.consumer == null) {
            throw in.invalid("consumer", "is null, but start kind 4 (committed) needs one");
        }
        return subscribe;
    }
}
