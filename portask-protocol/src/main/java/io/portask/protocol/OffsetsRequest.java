package io.portask.protocol;

import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
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
        out.string(consumer).i32(partitions.size());
        for (TopicPartition partition : partitions) {
            PayloadFields.writePartition(out, partition);
        }
    }

    public static OffsetsRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Offsets", payload);
        String consumer = in.string("consumer", PayloadFields.MAX_CONSUMER_BYTES);
        int count = in.count("count", PayloadFields.MIN_PARTITION_BYTES);
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            partitions.add(PayloadFields.readPartition(in));
        }
        in.end();
        return new OffsetsRequest(consumer, partitions);
    }
}
