package io.portask.queue;

import org.jspecify.annotations.Nullable;

/**
 * Brings given-up messages to the dead-letter topic, one at a time and each exactly once: an intent with a sequence number goes to
 * the journal; once it is there the copy is appended under that sequence; then the message is settled. After a crash the intent that the
 * journal holds is carried out again, under the same sequence, and the store recognizes the repeat.
 */
final class GivenUpMessages {
    private static final long IN_HAND = Long.MAX_VALUE;

    private final QueueKey key;
    private final PartitionState state;

    /** How far the journal must be before the intent is carried out; {@link #IN_HAND} while somebody does. */
    private long neededPosition;

    GivenUpMessages(QueueKey key, PartitionState state) {
        this.key = key;
        this.state = state;
    }

    /** The slot is in no list. */
    void add(int slot) {
        state.changes.failed(state.slots.offset[slot]);
        state.giveUp(slot);
        intendNext();
    }

    @Nullable
    DeadLetterIntent poll() {
        int slot = state.intent;
        if (slot == Slots.NONE || state.changes.stored() < neededPosition) {
            return null;
        }
        neededPosition = IN_HAND;
        return new DeadLetterIntent(
                key,
                state.slots.offset[slot],
                state.slots.attempts[slot],
                FailureReason.of(state.slots.reason[slot]),
                state.producerId,
                state.intentSequence());
    }

    void stored() {
        checkInHand();
        state.changes.settled(state.slots.offset[state.intent]);
        state.bury();
        intendNext();
    }

    void failed() {
        checkInHand();
        neededPosition = 0;
    }

    private void intendNext() {
        if (state.intent == Slots.NONE && state.givenUp != Slots.NONE) {
            state.intend(state.givenUp);
            state.changes.intent();
            neededPosition = state.changes.position();
        }
    }

    private void checkInHand() {
        if (state.intent == Slots.NONE || neededPosition != IN_HAND) {
            throw new IllegalStateException("No copy of " + key + " is on its way to the dead-letter topic");
        }
    }
}
