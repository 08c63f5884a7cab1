package io.portask.protocol;

import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;

/**
 * The payload that asks for a partition to be read and checked as a whole.
 *
 * <pre>
 *   string topic, i32 partition
 * </pre>
 */
public record ScrubRequest(TopicPartition partition) {
    public void encode(PayloadWriter out) {
        PayloadFields.writePartition(out, partition);
    }

    public static ScrubRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Scrub", payload);
        TopicPartition partition = PayloadFields.readPartition(in);
        in.end();
        return new ScrubRequest(partition);
    }
}
