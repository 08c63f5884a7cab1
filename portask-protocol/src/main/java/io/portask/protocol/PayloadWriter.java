package io.portask.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes a payload's fields, big-endian, into a direct buffer that grows and is used again. One thread at a time. */
public final class PayloadWriter {
    static final int NULL_LENGTH = 0xFFFF;
    static final int MAX_STRING_BYTES = 0xFFFE;

    private ByteBuffer buffer = ByteBuffer.allocateDirect(CodecScratch.grownSize(0));

    PayloadWriter() {}

    /** Starts over, leaving the first bytes free. */
    PayloadWriter restart(int reserved) {
        buffer.clear().position(reserved);
        return this;
    }

    /** The buffer up to the bytes written; it is replaced when it grows. */
    ByteBuffer buffer() {
        return buffer;
    }

    public PayloadWriter u8(int value) {
        ensure(Byte.BYTES).put((byte) value);
        return this;
    }

    public PayloadWriter u16(int value) {
        ensure(Short.BYTES).putShort((short) value);
        return this;
    }

    /** Also for u32. */
    public PayloadWriter i32(int value) {
        ensure(Integer.BYTES).putInt(value);
        return this;
    }

    public PayloadWriter i64(long value) {
        ensure(Long.BYTES).putLong(value);
        return this;
    }

    /** @throws IllegalArgumentException for a text of more than 65,534 bytes */
    public PayloadWriter string(String value) {
        int length = value.length();
        if (length <= MAX_STRING_BYTES && isAscii(value)) {
            ByteBuffer target = ensure(Short.BYTES + length).putShort((short) length);
            for (int i = 0; i < length; i++) {
                target.put((byte) value.charAt(i));
            }
            return this;
        }
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_STRING_BYTES) {
            throw new IllegalArgumentException("A string on the wire has at most 65534 bytes, not " + bytes.length);
        }
        ensure(Short.BYTES + bytes.length).putShort((short) bytes.length).put(bytes);
        return this;
    }

    public PayloadWriter nullableString(@Nullable String value) {
        return value == null ? u16(NULL_LENGTH) : string(value);
    }

    /** A copy of the remaining bytes, whose position stays. */
    public PayloadWriter bytes(ByteBuffer value) {
        int position = value.position();
        ensure(value.remaining()).put(value);
        value.position(position);
        return this;
    }

    private static boolean isAscii(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) > 127) {
                return false;
            }
        }
        return true;
    }

    private ByteBuffer ensure(int size) {
        if (buffer.remaining() < size) {
            ByteBuffer larger =
                    ByteBuffer.allocateDirect(CodecScratch.grownSize(Math.addExact(buffer.position(), size)));
            buffer = larger.put(buffer.flip());
        }
        return buffer;
    }
}
