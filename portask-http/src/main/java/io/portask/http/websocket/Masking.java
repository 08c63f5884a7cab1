package io.portask.http.websocket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The masking of a client's payload (RFC 6455 section 5.3). */
final class Masking {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private Masking() {}

    /**
     * XORs bytes with the key in place, beginning with the key's first byte.
     *
     * @return the key for the bytes that follow
     */
    static int apply(int key, byte[] bytes, int from, int to) {
        long wide = (key & 0xFFFF_FFFFL) << 32 | (key & 0xFFFF_FFFFL);
        int i = from;
        for (; i + Long.BYTES <= to; i += Long.BYTES) {
            LONG.set(bytes, i, (long) LONG.get(bytes, i) ^ wide);
        }
        int rest = key;
        for (; i < to; i++) {
            bytes[i] ^= (byte) (rest >>> 24);
            rest = Integer.rotateLeft(rest, 8);
        }
        return rest;
    }
}
