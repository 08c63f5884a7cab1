package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A flyweight over a Publish request's payload: where record batches go, and the batches.
 *
 * <pre>
 *   string topic, i32 partition, u8 durability (255: the store's default), record batches to the end
 * </pre>
 *
 * <p>One thread at a time; used again for the next request.
 */
public final class PublishRequest {
    private final PayloadReader reader = new PayloadReader("Publish", ByteBuffer.allocate(0));
    private TopicPartition partition = new TopicPartition("none", 0);
    private @Nullable Durability durability;

    /** Writes what comes before the batches. */
    public static void encode(PayloadWriter out, TopicPartition partition, @Nullable Durability durability) {
        PayloadFields.writePartition(out, partition);
        out.u8(PayloadFields.durabilityCode(durability));
    }

    /** Reads the fields and leaves the payload's position at the first batch. The batches themselves are not looked at. */
    public PublishRequest wrap(ByteBuffer payload) {
        reader.wrap(payload);
        partition = PayloadFields.readPartition(reader, partition);
        durability = PayloadFields.readOptionalDurability(reader, "durability");
        if (!payload.hasRemaining()) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "Publish holds no record batch");
        }
        return this;
    }

    /** The same object as in the request before, if it is the same partition. */
    public TopicPartition partition() {
        return partition;
    }

    /** Null for the store's default. */
    public @Nullable Durability durability() {
        return durability;
    }
}
