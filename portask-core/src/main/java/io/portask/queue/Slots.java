package io.portask.queue;

import java.util.Arrays;

/**
 * The messages under way, one slot each, in parallel arrays with a free list: 34 bytes a slot, and 16 more for its {@link
 * #deadlines}. A slot is a member of at most one circular list, named by its first slot.
 */
final class Slots {
    static final int NONE = -1;

    private static final int INITIAL_CAPACITY = 64;
    private static final int DOUBLING_LIMIT = 4096;
    private static final int KEPT_CAPACITY = 8192;

    final DeadlineHeap deadlines = new DeadlineHeap();
    long[] offset = {};
    /** Until when it may be delivered; {@link DeadlineHeap#NEVER} for ever. */
    long[] expiresAt = {};
    /** Who holds it, or held it last; {@link #NONE} for nobody since the last restart. */
    int[] member = {};
    /** How often it was delivered, this delivery included. */
    int[] attempts = {};

    byte[] reason = {};
    private byte[] state = {};
    private int[] next = {};
    private int[] previous = {};
    private int firstFree = NONE;
    private int used;

    int used() {
        return used;
    }

    int capacity() {
        return offset.length;
    }

    MessageState state(int slot) {
        return MessageState.of(state[slot]);
    }

    void on(int slot, MessageEvent event) {
        state[slot] = state(slot).on(event).code();
    }

    /** A slot for a message that is {@link MessageState#UNSEEN} and was never delivered. */
    int allocate(long messageOffset, long expiry) {
        if (firstFree == NONE) {
            int capacity = offset.length;
            resize(capacity < DOUBLING_LIMIT ? Math.max(INITIAL_CAPACITY, 2 * capacity) : capacity + capacity / 16);
        }
        int slot = firstFree;
        firstFree = next[slot];
        used++;
        offset[slot] = messageOffset;
        expiresAt[slot] = expiry;
        member[slot] = NONE;
        attempts[slot] = 0;
        reason[slot] = FailureReason.NONE.number();
        state[slot] = MessageState.UNSEEN.code();
        return slot;
    }

    /** Frees a slot that is in no list. */
    void free(int slot) {
        deadlines.remove(slot);
        next[slot] = firstFree;
        firstFree = slot;
        if (--used == 0 && offset.length > KEPT_CAPACITY) {
            firstFree = NONE;
            resize(0);
        }
    }

    /** Makes a slot the last of a list and returns the list. */
    int append(int list, int slot) {
        if (list == NONE) {
            next[slot] = slot;
            previous[slot] = slot;
            return slot;
        }
        int last = previous[list];
        next[last] = slot;
        previous[slot] = last;
        next[slot] = list;
        previous[list] = slot;
        return list;
    }

    /** Takes a slot out of its list and returns the list. */
    int unlink(int list, int slot) {
        int after = next[slot];
        if (after == slot) {
            return NONE;
        }
        next[previous[slot]] = after;
        previous[after] = previous[slot];
        return list == slot ? after : list;
    }

    private void resize(int capacity) {
        int old = offset.length;
        offset = Arrays.copyOf(offset, capacity);
        expiresAt = Arrays.copyOf(expiresAt, capacity);
        member = Arrays.copyOf(member, capacity);
        attempts = Arrays.copyOf(attempts, capacity);
        reason = Arrays.copyOf(reason, capacity);
        state = Arrays.copyOf(state, capacity);
        next = Arrays.copyOf(next, capacity);
        previous = Arrays.copyOf(previous, capacity);
        deadlines.resize(capacity);
        for (int slot = capacity - 1; slot >= old; slot--) {
            next[slot] = firstFree;
            firstFree = slot;
        }
    }
}
