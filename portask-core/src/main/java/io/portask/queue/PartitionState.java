package io.portask.queue;

/**
 * What a queue group knows of one partition: data without rules. Of it survives a restart what {@link PartitionEncoder} writes:
 * which offsets are settled, the failed deliveries, and the intent to dead-letter that is under way.
 */
final class PartitionState {
    final OffsetWindow window = new OffsetWindow();
    final Slots slots = new Slots();
    final PendingChanges changes = new PendingChanges();

    /** The identity with which copies are appended to the dead-letter topic. */
    long producerId;

    /** The sequence number of the next intent. */
    int nextSequence;

    /** The slot whose copy is appended to the dead-letter topic now; {@link Slots#NONE} if none is. */
    int intent = Slots.NONE;

    /** Given up, in order; the first is the {@link #intent} if there is one. */
    int givenUp = Slots.NONE;

    PartitionState(long producerId) {
        this.producerId = producerId;
    }

    /** The slot of an offset; {@link OffsetWindow#UNSEEN} or {@link OffsetWindow#SETTLED} if it has none. */
    int slotAt(long offset) {
        return window.get(offset);
    }

    int allocate(long offset, long expiresAtMs) {
        int slot = slots.allocate(offset, expiresAtMs);
        window.put(offset, slot);
        return slot;
    }

    void giveUp(int slot) {
        slots.deadlines.remove(slot);
        slots.on(slot, MessageEvent.GIVE_UP);
        givenUp = slots.append(givenUp, slot);
    }

    /** The next copy to the dead-letter topic will be that of a given-up message. */
    void intend(int slot) {
        intent = slot;
        nextSequence = (nextSequence + 1) & Integer.MAX_VALUE;
    }

    /** The copy of the intent's message is stored. */
    void bury() {
        int slot = intent;
        intent = Slots.NONE;
        givenUp = slots.unlink(givenUp, slot);
        settle(slot, MessageEvent.BURY);
    }

    /** Settles a message whose slot is in no list. */
    void settle(int slot, MessageEvent event) {
        slots.on(slot, event);
        long offset = slots.offset[slot];
        slots.free(slot);
        window.settle(offset);
    }

    /** Forgets everything. */
    void clear(long newProducerId, int sequence) {
        for (long offset = window.low(), end = window.high(); offset < end; offset++) {
            int slot = window.get(offset);
            if (slot >= 0) {
                forget(slot);
            }
        }
        window.clear();
        producerId = newProducerId;
        nextSequence = sequence;
    }

    /** Settles a message of which the journal told, before the reader meets it. */
    void forget(int slot) {
        if (slot == intent) {
            bury();
        } else {
            settle(slot, MessageEvent.REMOVE);
        }
    }

    /** The sequence number of the intent; Kafka's go from the largest int to 0. */
    int intentSequence() {
        return (nextSequence - 1) & Integer.MAX_VALUE;
    }

    /** Deliveries that failed: all but the one that is in flight. */
    int failedAttempts(int slot) {
        return slots.attempts[slot] - (slots.state(slot) == MessageState.IN_FLIGHT ? 1 : 0);
    }
}
