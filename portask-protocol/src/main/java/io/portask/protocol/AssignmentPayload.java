package io.portask.protocol;

import io.portask.consumer.AssignedPartition;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The payload that tells a member what it gets and what it gives up, besides what it was told before.
 *
 * <pre>
 *   u32 count, count x (string topic, i32 partition, i64 generation, i64 start offset) assigned,
 *   u32 count, count x (string topic, i32 partition) revoked
 * </pre>
 */
public record AssignmentPayload(List<AssignedPartition> assigned, List<TopicPartition> revoked) {
    private static final int ASSIGNED_BYTES = 2 * Long.BYTES;
    private static final int MIN_ASSIGNED_BYTES = PayloadFields.MIN_PARTITION_BYTES + ASSIGNED_BYTES;

    public AssignmentPayload {
        assigned = List.copyOf(assigned);
        revoked = List.copyOf(revoked);
    }

    static int sizeOf(AssignedPartition each) {
        return PayloadFields.sizeOf(each.partition()) + ASSIGNED_BYTES;
    }

    public void encode(PayloadWriter out) {
        out.i32(assigned.size());
        for (AssignedPartition each : assigned) {
            PayloadFields.writePartition(out, each.partition());
            out.i64(each.generation()).i64(each.startOffset());
        }
        PayloadFields.writePartitions(out, revoked);
    }

    public static AssignmentPayload decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Assignment", payload);
        int count = in.count("assigned", MIN_ASSIGNED_BYTES);
        List<AssignedPartition> assigned = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            assigned.add(new AssignedPartition(
                    PayloadFields.readPartition(in), in.nonNegative64("generation"), in.nonNegative64("start offset")));
        }
        AssignmentPayload assignment = new AssignmentPayload(assigned, PayloadFields.readPartitions(in, "revoked"));
        in.end();
        return assignment;
    }
}
