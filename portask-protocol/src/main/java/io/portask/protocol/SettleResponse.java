package io.portask.protocol;

import io.portask.queue.DeliveryAnswer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The payload that answers Settle, in the order of its settlements.
 *
 * <pre>
 *   u32 count, count x u8 answer (0 accepted, 1 already settled, 2 not in flight, 3 handed on, 4 not the holder,
 *   5 dead-lettered, 6 unknown delivery)
 * </pre>
 */
public record SettleResponse(List<DeliveryAnswer> answers) {
    static final List<DeliveryAnswer> ANSWERS = List.of(
            DeliveryAnswer.ACCEPTED,
            DeliveryAnswer.ALREADY_SETTLED,
            DeliveryAnswer.NOT_IN_FLIGHT,
            DeliveryAnswer.HANDED_ON,
            DeliveryAnswer.NOT_THE_HOLDER,
            DeliveryAnswer.DEAD_LETTERED,
            DeliveryAnswer.UNKNOWN_DELIVERY);

    public SettleResponse {
        answers = List.copyOf(answers);
    }

    public void encode(PayloadWriter out) {
        out.i32(answers.size());
        answers.forEach(answer -> out.u8(ANSWERS.indexOf(answer)));
    }

    public static SettleResponse decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Settle's response", payload);
        int count = in.count("answers", 1);
        List<DeliveryAnswer> answers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            answers.add(PayloadFields.readConstant(in, "answer", ANSWERS));
        }
        in.end();
        return new SettleResponse(answers);
    }
}
