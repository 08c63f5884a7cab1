package io.portask.queue;

import java.nio.ByteBuffer;

/**
 * Reads the values of a queue journal's records ({@link JournalFormat}) strictly: what does not fit the format fails with {@link
 * io.portask.error.ErrorCode#CORRUPT_STORE}. Allocates nothing.
 */
final class JournalDecoder {
    private JournalDecoder() {}

    /** Reads from the buffer's position to its limit. What came before an error has been told to the handler. */
    static void decode(ByteBuffer value, JournalHandler handler) {
        if (byteOf(value) != JournalFormat.VERSION) {
            throw JournalFormat.corrupt("its version is not " + JournalFormat.VERSION);
        }
        boolean first = true;
        while (value.hasRemaining()) {
            int kind = byteOf(value);
            switch (kind) {
                case JournalFormat.SETTLED -> settled(value, handler);
                case JournalFormat.FAILED -> failed(value, handler);
                case JournalFormat.INTENT ->
                    handler.onIntent(varint(value), intOf(value), reasonOf(value), intOf(value));
                case JournalFormat.SNAPSHOT -> snapshot(value, handler, first);
                default -> throw JournalFormat.corrupt("an entry of kind " + kind);
            }
            first = false;
        }
    }

    private static void snapshot(ByteBuffer value, JournalHandler handler, boolean first) {
        if (!first) {
            throw JournalFormat.corrupt("a snapshot behind other entries");
        }
        if (value.remaining() < Long.BYTES) {
            throw cutShort();
        }
        long producerId = value.getLong();
        if (producerId < 0) {
            throw JournalFormat.corrupt("producer id " + producerId);
        }
        handler.onSnapshot(producerId, intOf(value));
    }

    private static void settled(ByteBuffer value, JournalHandler handler) {
        long low = varint(value);
        handler.onLow(low);
        long ranges = count(value, JournalFormat.MIN_RANGE_SIZE);
        long end = low;
        for (long i = 0; i < ranges; i++) {
            long from = sum(end, positive(value));
            end = sum(from, positive(value));
            if (end - low > QueueConfig.MAX_UNSETTLED) {
                throw JournalFormat.corrupt("offset " + (end - 1) + " is settled, too far beyond " + low);
            }
            handler.onSettled(from, end);
        }
    }

    private static void failed(ByteBuffer value, JournalHandler handler) {
        long messages = count(value, JournalFormat.MIN_FAILED_SIZE);
        if (messages == 0) {
            throw JournalFormat.corrupt("an empty list");
        }
        long offset = varint(value);
        for (long i = 0; i < messages; i++) {
            if (i > 0) {
                offset = sum(offset, positive(value));
            }
            handler.onFailed(offset, intOf(value), varint(value), reasonOf(value));
        }
    }

    private static long count(ByteBuffer value, int minSize) {
        long count = varint(value);
        if (count > value.remaining() / minSize) {
            throw JournalFormat.corrupt(count + " items in " + value.remaining() + " bytes");
        }
        return count;
    }

    private static FailureReason reasonOf(ByteBuffer value) {
        int number = byteOf(value);
        FailureReason reason = FailureReason.find(number);
        if (reason == null) {
            throw JournalFormat.corrupt("reason " + number);
        }
        return reason;
    }

    private static long positive(ByteBuffer value) {
        long number = varint(value);
        if (number == 0) {
            throw JournalFormat.corrupt("a gap or length of 0");
        }
        return number;
    }

    private static long sum(long base, long more) {
        if (more > Long.MAX_VALUE - base) {
            throw JournalFormat.corrupt("an offset beyond 63 bits");
        }
        return base + more;
    }

    private static int intOf(ByteBuffer value) {
        long number = varint(value);
        if (number > Integer.MAX_VALUE) {
            throw JournalFormat.corrupt(number + " exceeds 31 bits");
        }
        return (int) number;
    }

    private static long varint(ByteBuffer value) {
        long result = 0;
        for (int shift = 0; shift < Long.SIZE - 1; shift += 7) {
            int read = byteOf(value);
            result |= (long) (read & JournalFormat.VARINT_BITS) << shift;
            if ((read & JournalFormat.VARINT_CONTINUED) == 0) {
                if (read == 0 && shift > 0) {
                    throw JournalFormat.corrupt("a varint longer than needed");
                }
                return result;
            }
        }
        throw JournalFormat.corrupt("a varint exceeds 63 bits");
    }

    private static int byteOf(ByteBuffer value) {
        if (!value.hasRemaining()) {
            throw cutShort();
        }
        return value.get() & 0xFF;
    }

    private static RuntimeException cutShort() {
        return JournalFormat.corrupt("it is cut short");
    }
}
