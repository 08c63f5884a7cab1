package io.portask.protocol;

import java.nio.ByteBuffer;

/**
 * The payload that answers Subscribe.
 *
 * <pre>
 *   i64 position, i64 start offset, i64 end offset
 * </pre>
 *
 * @param position the first offset that is delivered; batches may begin with older ones, which the client skips
 */
public record SubscribeResponse(long position, long startOffset, long endOffset) {
    public void encode(PayloadWriter out) {
        out.i64(position).i64(startOffset).i64(endOffset);
    }

    public static SubscribeResponse decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Subscribe's response", payload);
        SubscribeResponse response = new SubscribeResponse(
                in.nonNegative64("position"), in.nonNegative64("start offset"), in.nonNegative64("end offset"));
        in.end();
        return response;
    }
}
