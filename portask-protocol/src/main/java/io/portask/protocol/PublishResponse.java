package io.portask.protocol;

import io.portask.store.AppendResult;
import java.nio.ByteBuffer;

/**
 * The payload that answers Publish.
 *
 * <pre>
 *   i64 base offset, i64 next offset, u8 durability reached, u8 duplicate
 * </pre>
 */
public final class PublishResponse {
    private PublishResponse() {}

    public static void encode(PayloadWriter out, AppendResult result) {
        out.i64(result.baseOffset()).i64(result.nextOffset());
        out.u8(result.durability().code()).u8(result.duplicate() ? 1 : 0);
    }

    public static AppendResult decode(ByteBuffer payload) {
        PayloadReader in = new PayloadReader("Publish's response", payload);
        AppendResult result = new AppendResult(
                in.nonNegative64("base offset"),
                in.nonNegative64("next offset"),
                PayloadFields.readDurability(in, "durability"),
                in.bool("duplicate"));
        in.end();
        return result;
    }
}
