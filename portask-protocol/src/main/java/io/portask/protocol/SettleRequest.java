package io.portask.protocol;

import io.portask.consumer.Settlement;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The payload by which a worker answers for messages that it holds.
 *
 * <pre>
 *   u32 worker: the correlation id of its Work, u32 count, count x
 *     (string topic, i32 partition, i64 offset, i32 attempt, u8 kind (0 ack, 1 nack, 2 extend, 3 reject), i64 time ms)
 * </pre>
 */
public record SettleRequest(int worker, List<Settlement> settlements) {
    static final List<Settlement.Kind> KINDS =
            List.of(Settlement.Kind.ACK, Settlement.Kind.NACK, Settlement.Kind.EXTEND, Settlement.Kind.REJECT);

    private static final int MIN_BYTES = PayloadFields.MIN_PARTITION_BYTES + 2 * Long.BYTES + Integer.BYTES + 1;

    public SettleRequest {
        settlements = List.copyOf(settlements);
    }

    public void encode(PayloadWriter out) {
        out.i32(worker).i32(settlements.size());
        for (Settlement settlement : settlements) {
            PayloadFields.writePartition(out, settlement.partition());
            out.i64(settlement.offset())
                    .i32(settlement.attempt())
                    .u8(KINDS.indexOf(settlement.kind()))
                    .i64(settlement.timeMs());
        }
    }

    public static SettleRequest decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Settle", payload);
        int worker = in.i32("worker");
        int count = in.count("settlements", MIN_BYTES);
        List<Settlement> settlements = new ArrayList<>(count);
        @Nullable TopicPartition partition = null;
        for (int i = 0; i < count; i++) {
            partition = PayloadFields.readPartition(in, partition);
            settlements.add(new Settlement(
                    partition,
                    in.nonNegative64("offset"),
                    in.i32("attempt"),
                    PayloadFields.readConstant(in, "kind", KINDS),
                    in.i64("time ms")));
        }
        in.end();
        return new SettleRequest(worker, settlements);
    }
}
