package io.portask.protocol;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The payload that answers Offsets, in the order of the request.
 *
 * <pre>
 *   count x i64 committed offset, -1 where nothing was committed
 * </pre>
 */
public final class OffsetsResponse {
    public static final long NONE = -1;

    private OffsetsResponse() {}

    /** Writes what {@code committed} says of each of the things asked for. */
    public static <T> void encode(PayloadWriter out, List<T> asked, ToLongFunction<? super T> committed) {
        for (T one : asked) {
            out.i64(committed.applyAsLong(one));
        }
    }

    /** @param count how many were asked for */
    public static long[] decode(ByteBuffer payload, int count) {
        PayloadReader in = new PayloadReader("Offsets' response", payload);
        if (payload.remaining() != (long) count * Long.BYTES) {
            throw in.invalid(
                    "offset", "is there " + payload.remaining() / Long.BYTES + " times, asked for were " + count);
        }
        long[] offsets = new long[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = in.i64("offset");
        }
        return offsets;
    }
}
