package io.portask.protocol;

import java.nio.ByteBuffer;

/**
 * The payload that answers Join.
 *
 * <pre>
 *   string member id
 * </pre>
 */
public record JoinResponse(String memberId) {
    public void encode(PayloadWriter out) {
        out.string(memberId);
    }

    public static JoinResponse decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Join's response", payload);
        JoinResponse response = new JoinResponse(in.string("member id", PayloadFields.MAX_CONSUMER_BYTES));
        in.end();
        return response;
    }
}
