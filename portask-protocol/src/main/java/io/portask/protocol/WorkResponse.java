package io.portask.protocol;

import java.nio.ByteBuffer;

/**
 * The payload that answers Work.
 *
 * <pre>
 *   string worker id, u32 window
 * </pre>
 *
 * @param window how many messages the worker holds at most
 */
public record WorkResponse(String workerId, int window) {
    public void encode(PayloadWriter out) {
        out.string(workerId).i32(window);
    }

    public static WorkResponse decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Work's response", payload);
        WorkResponse response =
                new WorkResponse(in.string("worker id", PayloadFields.MAX_CONSUMER_BYTES), in.nonNegative32("window"));
        in.end();
        return response;
    }
}
