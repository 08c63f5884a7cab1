package io.portask.queue;

/**
 * Brings a partition of a queue group back to what the journal knows of it. Refuses, as damaged, what no partition can have
 * written, so that what is restored has the bounds of what was.
 */
final class PartitionRestore implements JournalHandler {
    private final PartitionState state;

    PartitionRestore(PartitionState state) {
        this.state = state;
    }

    @Override
    public void onSnapshot(long producerId, int nextSequence) {
        state.clear(producerId, nextSequence);
    }

    @Override
    public void onLow(long low) {
        for (long offset = state.window.low(); offset < Math.min(low, state.window.high()); offset++) {
            int slot = state.slotAt(offset);
            if (slot >= 0) {
                state.forget(slot);
            }
        }
        state.window.settleBefore(low);
    }

    @Override
    public void onSettled(long from, long end) {
        check(end - 1);
        for (long offset = from; offset < end; offset++) {
            int slot = state.slotAt(offset);
            if (slot >= 0) {
                state.forget(slot);
            } else {
                state.window.settle(offset);
            }
        }
    }

    @Override
    public void onFailed(long offset, int attempts, long dueMs, FailureReason reason) {
        if (reason == FailureReason.NONE) {
            throw JournalFormat.corrupt("a failed delivery without a reason");
        }
        int slot = slotFor(offset);
        if (slot != OffsetWindow.SETTLED && state.slots.state(slot) == MessageState.UNSEEN) {
            state.slots.attempts[slot] = attempts;
            state.slots.reason[slot] = reason.number();
            state.slots.deadlines.set(slot, dueMs == 0 ? DeadlineHeap.NEVER : dueMs);
        }
    }

    @Override
    public void onIntent(long offset, int attempts, FailureReason reason, int sequence) {
        if (state.intent != Slots.NONE) {
            if (state.slots.offset[state.intent] == offset && sequence == state.intentSequence()) {
                return;
            }
            throw JournalFormat.corrupt("a second intent, for offset " + offset);
        }
        if (sequence != state.nextSequence || reason == FailureReason.NONE) {
            throw JournalFormat.corrupt("an intent " + sequence + " where " + state.nextSequence + " is next");
        }
        int slot = slotFor(offset);
        if (slot == OffsetWindow.SETTLED) {
            throw JournalFormat.corrupt("an intent for offset " + offset + ", which is settled");
        }
        state.slots.attempts[slot] = attempts;
        state.slots.reason[slot] = reason.number();
        state.giveUp(slot);
        state.intend(slot);
    }

    private int slotFor(long offset) {
        int slot = state.slotAt(offset);
        if (slot != OffsetWindow.UNSEEN) {
            return slot;
        }
        check(offset);
        return state.allocate(offset, DeadlineHeap.NEVER);
    }

    private void check(long offset) {
        if (offset - state.window.low() >= QueueConfig.MAX_UNSETTLED) {
            throw JournalFormat.corrupt("offset " + offset + " lies too far beyond " + state.window.low());
        }
    }
}
