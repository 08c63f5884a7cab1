package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a payload's fields, big-endian, from a buffer's position on. Everything is compared with the bytes that are there
 * before it is believed; what does not fit fails with {@link ErrorCode#INVALID_REQUEST}, naming the field. One thread at a time.
 */
final class PayloadReader {
    private final String frame;
    private ByteBuffer in;

    /** @param frame what the payload is called in errors */
    PayloadReader(String frame, ByteBuffer payload) {
        this.frame = frame;
        this.in = payload;
    }

    PayloadReader wrap(ByteBuffer payload) {
        in = payload;
        return this;
    }

    int u8(String field) {
        return Byte.toUnsignedInt(need(field, Byte.BYTES).get());
    }

    boolean bool(String field) {
        int value = u8(field);
        if (value > 1) {
            throw invalid(field, "is " + value + "; allowed are 0 and 1");
        }
        return value == 1;
    }

    int u16(String field) {
        return Short.toUnsignedInt(need(field, Short.BYTES).getShort());
    }

    int i32(String field) {
        return need(field, Integer.BYTES).getInt();
    }

    int nonNegative32(String field) {
        int value = i32(field);
        if (value < 0) {
            throw invalid(field, "is " + value + "; it must not be negative");
        }
        return value;
    }

    /** A u32 of which values beyond the largest int mean just that. */
    int u32Capped(String field) {
        int value = i32(field);
        return value < 0 ? Integer.MAX_VALUE : value;
    }

    long i64(String field) {
        return need(field, Long.BYTES).getLong();
    }

    long nonNegative64(String field) {
        long value = i64(field);
        if (value < 0) {
            throw invalid(field, "is " + value + "; it must not be negative");
        }
        return value;
    }

    /** The number of things that follow, each of at least {@code minBytesEach}; never more than the bytes that are there. */
    int count(String field, int minBytesEach) {
        long count = Integer.toUnsignedLong(i32(field));
        if (count > in.remaining() / minBytesEach) {
            throw invalid(field, "is " + count + ", but only " + in.remaining() + " bytes follow");
        }
        return (int) count;
    }

    String string(String field, int maxBytes) {
        return string(field, maxBytes, null);
    }

    /** As {@link #string(String, int)}, without a new object if it equals the one expected. */
    String string(String field, int maxBytes, @Nullable String expected) {
        String value = nullableString(field, maxBytes, expected);
        if (value == null) {
            throw invalid(field, "is null");
        }
        return value;
    }

    @Nullable
    String nullableString(String field, int maxBytes) {
        return nullableString(field, maxBytes, null);
    }

    private @Nullable String nullableString(String field, int maxBytes, @Nullable String expected) {
        int length = u16(field);
        if (length == PayloadWriter.NULL_LENGTH) {
            return null;
        }
        if (length > maxBytes) {
            throw invalid(field, "has " + length + " bytes; allowed are " + maxBytes);
        }
        need(field, length);
        if (expected != null && nextIs(expected, length)) {
            in.position(in.position() + length);
            return expected;
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        String value = new String(bytes, StandardCharsets.UTF_8);
        if (value.indexOf('\uFFFD') >= 0 && !Arrays.equals(value.getBytes(StandardCharsets.UTF_8), bytes)) {
            throw invalid(field, "is not UTF-8");
        }
        return value;
    }

    private boolean nextIs(String expected, int length) {
        if (expected.length() != length) {
            return false;
        }
        int start = in.position();
        for (int i = 0; i < length; i++) {
            if (in.get(start + i) != expected.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    boolean isAtEnd() {
        return !in.hasRemaining();
    }

    /** The payload must end here. */
    void end() {
        if (in.hasRemaining()) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    frame + " ends with " + in.remaining() + " bytes that belong to nothing");
        }
    }

    PortaskException invalid(String field, String what) {
        return new PortaskException(ErrorCode.INVALID_REQUEST, "Field " + field + " of " + frame + " " + what);
    }

    private ByteBuffer need(String field, int size) {
        if (in.remaining() < size) {
            throw invalid(field, "is cut short: " + in.remaining() + " of " + size + " bytes are there");
        }
        return in;
    }
}
