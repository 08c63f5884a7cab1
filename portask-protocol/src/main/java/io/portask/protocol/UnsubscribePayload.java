package io.portask.protocol;

import java.nio.ByteBuffer;

/**
 * The payload that ends a subscription.
 *
 * <pre>
 *   u32 subscription: the correlation id of its Subscribe
 * </pre>
 */
public final class UnsubscribePayload {
    private UnsubscribePayload() {}

    public static void encode(PayloadWriter out, int subscription) {
        out.i32(subscription);
    }

    public static int decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Unsubscribe", payload);
        int subscription = in.i32("subscription");
        in.end();
        return subscription;
    }
}
