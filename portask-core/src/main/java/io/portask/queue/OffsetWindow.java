package io.portask.queue;

import java.util.Arrays;

/**
 * The offsets of a partition that are neither all settled nor all unseen: from {@link #low()}, below which everything is
 * settled, to {@link #high()}, from which on everything is unseen. Each holds the number of a slot, or {@link #UNSEEN} or
 * {@link #SETTLED}, in a ring that grows with the span and takes 4 bytes an offset.
 */
final class OffsetWindow {
    static final int UNSEEN = -1;
    static final int SETTLED = -2;

    private static final int INITIAL_CAPACITY = 64;
    private static final int KEPT_CAPACITY = 8192;

    private int[] ring = new int[INITIAL_CAPACITY];
    private long low;
    private long high;

    long low() {
        return low;
    }

    long high() {
        return high;
    }

    long span() {
        return high - low;
    }

    boolean isEmpty() {
        return low == high;
    }

    int get(long offset) {
        if (offset < low) {
            return SETTLED;
        }
        return offset >= high ? UNSEEN : ring[index(offset)];
    }

    /** Puts a slot at an offset of at least {@link #low()}. */
    void put(long offset, int slot) {
        extendTo(offset + 1);
        ring[index(offset)] = slot;
    }

    /** Marks an offset; {@link #low()} moves over everything that is settled then. */
    void settle(long offset) {
        if (offset < low) {
            return;
        }
        put(offset, SETTLED);
        while (low < high && ring[index(low)] == SETTLED) {
            low++;
        }
        release();
    }

    /** Settles everything before an offset, where nothing has a slot. */
    void settleBefore(long offset) {
        if (offset >= high) {
            low = Math.max(low, offset);
            high = low;
            release();
        } else {
            while (low < offset || (low < high && ring[index(low)] == SETTLED)) {
                low++;
            }
        }
    }

    void clear() {
        low = 0;
        high = 0;
        release();
    }

    private void extendTo(long end) {
        if (end - low > ring.length) {
            grow(end - low);
        }
        for (; high < end; high++) {
            ring[index(high)] = UNSEEN;
        }
    }

    private void grow(long span) {
        int[] old = ring;
        ring = new int[Math.toIntExact(Long.highestOneBit(span - 1) << 1)];
        for (long offset = low; offset < high; offset++) {
            ring[index(offset)] = old[(int) offset & (old.length - 1)];
        }
    }

    private void release() {
        if (low == high && ring.length > KEPT_CAPACITY) {
            ring = Arrays.copyOf(ring, INITIAL_CAPACITY);
        }
    }

    private int index(long offset) {
        return (int) offset & (ring.length - 1);
    }
}
