package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;

/**
 * Signed integers of variable length: zigzag, then base 128, least significant group first (Protocol Buffers' sint). At most
 * 5 bytes for an int and 10 for a long; one that is longer, or runs past the limit, is corrupt.
 */
final class Varints {
    private static final int MAX_INT_SHIFT = 28;
    private static final int MAX_LONG_SHIFT = 63;

    private Varints() {}

    static int size(long value) {
        long zigzag = (value << 1) ^ (value >> 63);
        return (70 - Long.numberOfLeadingZeros(zigzag | 1)) / 7;
    }

    static void put(ByteBuffer buffer, long value) {
        long zigzag = (value << 1) ^ (value >> 63);
        while ((zigzag & ~0x7FL) != 0) {
            buffer.put((byte) (zigzag | 0x80));
            zigzag >>>= 7;
        }
        buffer.put((byte) zigzag);
    }

    static int getInt(ByteBuffer buffer) {
        int value = 0;
        for (int shift = 0; shift <= MAX_INT_SHIFT; shift += 7) {
            byte group = next(buffer);
            if (shift == MAX_INT_SHIFT && (group & 0xF0) != 0) {
                break;
            }
            value |= (group & 0x7F) << shift;
            if (group >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new PortaskException(ErrorCode.CORRUPT_BATCH, "Corrupt record batch: a varint is larger than 32 bits");
    }

    static long getLong(ByteBuffer buffer) {
        long value = 0;
        for (int shift = 0; shift <= MAX_LONG_SHIFT; shift += 7) {
            byte group = next(buffer);
            if (shift == MAX_LONG_SHIFT && (group & 0xFE) != 0) {
                break;
            }
            value |= (group & 0x7FL) << shift;
            if (group >= 0) {
                return (value >>> 1) ^ -(value & 1);
            }
        }
        throw new PortaskException(ErrorCode.CORRUPT_BATCH, "Corrupt record batch: a varint is larger than 64 bits");
    }

    private static byte next(ByteBuffer buffer) {
        if (!buffer.hasRemaining()) {
            throw new PortaskException(ErrorCode.CORRUPT_BATCH, "Corrupt record batch: it ends within a varint");
        }
        return buffer.get();
    }
}
