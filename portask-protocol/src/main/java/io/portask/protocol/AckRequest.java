package io.portask.protocol;

import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The payload that commits, for a named consumer, the next offset that it wants of each partition.
 *
 * <pre>
 *   string consumer, u32 count, count x (string topic, i32 partition, i64 offset)
 * </pre>
 */
public record AckRequest(String consumer, Map<TopicPartition, Long> offsets) {
    private static final int MIN_ENTRY_BYTES = PayloadFields.MIN_PARTITION_BYTES + Long.BYTES;

    public void encode(PayloadWriter out) {
        out.string(consumer).i32(offsets.size());
        offsets.forEach((partition, offset) -> {
            PayloadFields.writePartition(out, partition);
            out.i64(offset);
        });
    }

    public static AckRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Ack", payload);
        String consumer = in.string("consumer", PayloadFields.MAX_CONSUMER_BYTES);
        int count = in.count("count", MIN_ENTRY_BYTES);
        Map<TopicPartition, Long> offsets = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            TopicPartition partition = PayloadFields.readPartition(in);
            if (offsets.put(partition, in.nonNegative64("offset")) != null) {
                throw in.invalid("topic", "names " + partition + " twice");
            }
        }
        in.end();
        return new AckRequest(consumer, offsets);
    }
}
