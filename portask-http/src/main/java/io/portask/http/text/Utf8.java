package io.portask.http.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Tells whether bytes are UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), also when they come in
 * pieces. A state is all that is kept between two pieces; the first byte that cannot be right is found at once.
 *
 * <pre>
 * state: 0 between characters, else  bits 16.. continuation bytes wanted, bits 8..15 least next byte, bits 0..7 greatest
 * </pre>
 */
public final class Utf8 {
    /** The state before the first byte, and after each whole character. */
    public static final int BETWEEN = 0;

    /** The state after a byte that cannot be right. */
    public static final int INVALID = -1;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long NOT_ASCII = 0x8080_8080_8080_8080L;
    private static final int CONTINUATION = 0x80BF;

    private Utf8() {}

    public static boolean isValid(byte[] bytes) {
        return isValid(bytes, 0, bytes.length);
    }

    public static boolean isValid(byte[] bytes, int from, int to) {
        return advance(BETWEEN, bytes, from, to) == BETWEEN;
    }

    /** The state after more bytes, {@link #INVALID} as soon as one of them cannot be right. */
    public static int advance(int state, byte[] bytes, int from, int to) {
        int now = state;
        int i = from;
        while (i < to && now != INVALID) {
            if (now == BETWEEN) {
                i = skipAscii(bytes, i, to);
                if (i == to) {
                    return now;
                }
            }
            now = next(now, bytes[i++] & 0xFF);
        }
        return now;
    }

    private static int skipAscii(byte[] bytes, int from, int to) {
        int i = from;
        while (i + Long.BYTES <= to && ((long) LONG.get(bytes, i) & NOT_ASCII) == 0) {
            i += Long.BYTES;
        }
        while (i < to && bytes[i] >= 0) {
            i++;
        }
        return i;
    }

    private static int next(int state, int octet) {
        if (state == BETWEEN) {
            return lead(octet);
        }
        if (octet < (state >> 8 & 0xFF) || octet > (state & 0xFF)) {
            return INVALID;
        }
        int wanted = (state >> 16) - 1;
        return wanted == 0 ? BETWEEN : wanted << 16 | CONTINUATION;
    }

    private static int lead(int octet) {
        if (octet < 0x80) {
            return BETWEEN;
        } else if (octet < 0xC2 || octet > 0xF4) {
            return INVALID;
        } else if (octet < 0xE0) {
            return 1 << 16 | CONTINUATION;
        } else if (octet < 0xF0) {
            return 2 << 16 | (octet == 0xE0 ? 0xA0BF : octet == 0xED ? 0x809F : CONTINUATION);
        }
        return 3 << 16 | (octet == 0xF0 ? 0x90BF : octet == 0xF4 ? 0x808F : CONTINUATION);
    }
}
