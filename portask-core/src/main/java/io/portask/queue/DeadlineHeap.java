package io.portask.queue;

import java.util.Arrays;

/**
 * The times at which something happens to slots by itself, the earliest first: an indexed binary heap in arrays, from which
 * any slot can be taken without leaving anything behind. 16 bytes a slot. Of equal times the order is arbitrary but the same in each
 * run.
 */
final class DeadlineHeap {
    static final long NEVER = Long.MAX_VALUE;

    private static final int ABSENT = -1;

    private long[] times = new long[0];
    private int[] positions = new int[0];
    private int[] heap = new int[0];
    private int size;

    void resize(int capacity) {
        int old = times.length;
        times = Arrays.copyOf(times, capacity);
        heap = Arrays.copyOf(heap, capacity);
        positions = Arrays.copyOf(positions, capacity);
        if (capacity > old) {
            Arrays.fill(positions, old, capacity, ABSENT);
        }
    }

    int size() {
        return size;
    }

    /** The earliest time; {@link #NEVER} if there is none. */
    long earliest() {
        return size == 0 ? NEVER : times[heap[0]];
    }

    /** The slot with the earliest time; there must be one. */
    int first() {
        return heap[0];
    }

    /** The time of a slot; {@link #NEVER} if it has none. */
    long time(int slot) {
        return positions[slot] == ABSENT ? NEVER : times[slot];
    }

    /** Sets or moves the time of a slot; {@link #NEVER} takes it out. */
    void set(int slot, long time) {
        if (time == NEVER) {
            remove(slot);
            return;
        }
        times[slot] = time;
        if (positions[slot] == ABSENT) {
            place(slot, size++);
        }
        up(slot);
        down(slot);
    }

    void remove(int slot) {
        int hole = positions[slot];
        if (hole == ABSENT) {
            return;
        }
        positions[slot] = ABSENT;
        int last = heap[--size];
        if (last != slot) {
            place(last, hole);
            up(last);
            down(last);
        }
    }

    private void up(int slot) {
        int at = positions[slot];
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (times[heap[parent]] <= times[slot]) {
                break;
            }
            place(heap[parent], at);
            at = parent;
        }
        place(slot, at);
    }

    private void down(int slot) {
        int at = positions[slot];
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && times[heap[child + 1]] < times[heap[child]]) {
                child++;
            }
            if (times[slot] <= times[heap[child]]) {
                break;
            }
            place(heap[child], at);
            at = child;
        }
        place(slot, at);
    }

    private void place(int slot, int at) {
        heap[at] = slot;
        positions[slot] = at;
    }
}
