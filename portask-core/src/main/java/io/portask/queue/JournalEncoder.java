package io.portask.queue;

import java.util.Arrays;

/** Writes the entries of one value after the other ({@link JournalFormat}) into an array that grows and is used again. */
final class JournalEncoder {
    private static final int INITIAL_CAPACITY = 1024;
    private static final int MAX_VARINT_SIZE = 9;

    private byte[] bytes = new byte[INITIAL_CAPACITY];
    private int size;

    JournalEncoder reset() {
        size = 0;
        return put(JournalFormat.VERSION);
    }

    JournalEncoder put(int number) {
        room(1);
        bytes[size++] = (byte) number;
        return this;
    }

    JournalEncoder fixed(long number) {
        for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            put((int) (number >>> shift));
        }
        return this;
    }

    /** @param number 0 or more */
    JournalEncoder varint(long number) {
        room(MAX_VARINT_SIZE);
        long rest = number;
        while (rest > JournalFormat.VARINT_BITS) {
            bytes[size++] = (byte) (rest | JournalFormat.VARINT_CONTINUED);
            rest >>>= 7;
        }
        bytes[size++] = (byte) rest;
        return this;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    private void room(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * bytes.length + more);
        }
    }
}
