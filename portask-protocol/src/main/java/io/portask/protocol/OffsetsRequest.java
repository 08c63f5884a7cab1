package io.portask.protocol;

import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The payload that asks what a named consumer committed.
 *
 * <pre>
 *   string consumer, u32 count, count x (string topic, i32 partition)
 * </pre>
 */
public record OffsetsRequest(String consumer, List<TopicPartition> partitions) {
    public OffsetsRequest {
        partitions = List.copyOf(partitions);
    }

    public void encode(PayloadWriter out) {
        PayloadFields.writePartitions(out.string(consumer), partitions);
    }

    public static OffsetsRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Offsets", payload);
        String consumer = in.string("consumer", PayloadFields.MAX_CONSUMER_BYTES);
        List<TopicPartition> partitions = PayloadFields.readPartitions(in, "count");
        in.end();
        return new OffsetsRequest(consumer, partitions);
    }
}
