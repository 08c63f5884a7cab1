package io.portask.protocol;

import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;

/**
 * The payload that asks for batches once.
 *
 * <pre>
 *   string topic, i32 partition, i64 offset, u32 max bytes, u32 min bytes, u32 max wait ms
 * </pre>
 *
 * @param maxBytes whole batches up to this size; one batch is sent even if it is larger
 * @param minBytes the answer waits until this much is there, or {@code maxWaitMs} has passed
 */
public record FetchRequest(TopicPartition partition, long offset, int maxBytes, int minBytes, int maxWaitMs) {
    public void encode(PayloadWriter out) {
        PayloadFields.writePartition(out, partition);
        out.i64(offset).i32(maxBytes).i32(minBytes).i32(maxWaitMs);
    }

    public static FetchRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Fetch", payload);
        FetchRequest fetch = new FetchRequest(
                PayloadFields.readPartition(in),
                in.nonNegative64("offset"),
                in.u32Capped("max bytes"),
                in.u32Capped("min bytes"),
                in.u32Capped("max wait ms"));
        in.end();
        return fetch;
    }
}
