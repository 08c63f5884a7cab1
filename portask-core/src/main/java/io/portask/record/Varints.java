package io.portask.record;

import java.nio.ByteBuffer;

/**
 * The variable-length integers of records: zigzag, then seven bits a byte, the lowest first, the top bit set on all but the
 * last. An int and a long of the same value have the same bytes. Reading moves the buffer's position and never passes its
 * limit.
 */
final class Varints {
    static final int MAX_INT_SIZE = 5;
    static final int MAX_LONG_SIZE = 10;

    private static final int CONTINUED = 0x80;
    private static final int BITS = 0x7F;

    private Varints() {}

    static int sizeOf(long value) {
        int significantBits = Long.SIZE - Long.numberOfLeadingZeros(zigzag(value) | 1);
        return (significantBits + 6) / 7;
    }

    /** Writes at {@code position}, leaving the buffer's own, and returns the position after it. */
    static int put(ByteBuffer buffer, int position, long value) {
        long rest = zigzag(value);
        int at = position;
        while ((rest & ~BITS) != 0) {
            buffer.put(at++, (byte) (rest | CONTINUED));
            rest >>>= 7;
        }
        buffer.put(at++, (byte) rest);
        return at;
    }

    /** @throws io.portask.error.PortaskException CORRUPT_BATCH if it is cut short by the limit or exceeds 32 bits */
    static int getInt(ByteBuffer buffer) {
        int first = next(buffer);
        int raw = first & BITS;
        for (int shift = 7, read = first; (read & CONTINUED) != 0; shift += 7) {
            read = next(buffer);
            if (shift == 28 && read > 0x0F) {
                throw RecordBatch.corrupt("a varint exceeds 32 bits");
            }
            raw |= (read & BITS) << shift;
        }
        return (raw >>> 1) ^ -(raw & 1);
    }

    /** @throws io.portask.error.PortaskException CORRUPT_BATCH if it is cut short by the limit or exceeds 64 bits */
    static long getLong(ByteBuffer buffer) {
        int first = next(buffer);
        long raw = first & BITS;
        for (int shift = 7, read = first; (read & CONTINUED) != 0; shift += 7) {
            read = next(buffer);
            if (shift == 63 && read > 1) {
                throw RecordBatch.corrupt("a varint exceeds 64 bits");
            }
            raw |= (long) (read & BITS) << shift;
        }
        return (raw >>> 1) ^ -(raw & 1);
    }

    private static int next(ByteBuffer buffer) {
        if (!buffer.hasRemaining()) {
            throw RecordBatch.corrupt("a varint is cut short");
        }
        return buffer.get() & 0xFF;
    }

    private static long zigzag(long value) {
        return (value << 1) ^ (value >> 63);
    }
}
