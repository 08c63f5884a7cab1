package io.portask.protocol;

import java.nio.ByteBuffer;

/**
 * The payload that asks either side for a sign of life; the response returns it unchanged.
 *
 * <pre>
 *   u64 opaque
 * </pre>
 */
public final class HeartbeatPayload {
    private HeartbeatPayload() {}

    public static void encode(PayloadWriter out, long opaque) {
        out.i64(opaque);
    }

    public static long decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Heartbeat", payload);
        long opaque = in.i64("opaque");
        in.end();
        return opaque;
    }
}
