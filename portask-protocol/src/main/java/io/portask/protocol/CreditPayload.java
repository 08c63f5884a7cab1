package io.portask.protocol;

import java.nio.ByteBuffer;

/**
 * The payload that adds credit to the subscription or the worker that its frame's correlation id names: bytes for the one, messages for
 * the other. It is not answered.
 *
 * <pre>
 *   i64 bytes or messages, at least 1
 * </pre>
 */
public final class CreditPayload {
    private CreditPayload() {}

    public static void encode(PayloadWriter out, long bytes) {
        out.i64(bytes);
    }

    public static long decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Credit", payload);
        long bytes = in.i64("bytes");
        in.end();
        if (bytes < 1) {
            throw in.invalid("bytes", "is " + bytes + "; at least 1 is added");
        }
        return bytes;
    }
}
