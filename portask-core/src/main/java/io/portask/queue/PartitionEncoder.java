package io.portask.queue;

import java.util.Arrays;

/** Writes what a partition of a queue group must not forget: either what changed, or all of it. See {@link JournalFormat}. */
final class PartitionEncoder {
    private final JournalEncoder out = new JournalEncoder();
    private long[] ranges = new long[16];
    private int rangeEnds;

    /** The value of a record with what changed since the last one. */
    byte[] changes(PartitionState state) {
        out.reset();
        PendingChanges changes = state.changes;
        rangeEnds = 0;
        for (long offset : changes.sortedSettled()) {
            addSettled(state, offset);
        }
        putSettled(state);
        putFailed(state, changes.sortedFailed());
        if (changes.hasIntent()) {
            putIntent(state);
        }
        return out.toBytes();
    }

    /** The value of a record with all that is to know. */
    byte[] snapshot(PartitionState state) {
        boolean hasIntent = state.intent != Slots.NONE;
        out.reset()
                .put(JournalFormat.SNAPSHOT)
                .fixed(state.producerId)
                .varint(hasIntent ? state.intentSequence() : state.nextSequence);
        rangeEnds = 0;
        long[] failed = new long[state.slots.used()];
        int failedCount = 0;
        OffsetWindow window = state.window;
        for (long offset = window.low(); offset < window.high(); offset++) {
            int slot = window.get(offset);
            if (slot == OffsetWindow.SETTLED) {
                addSettled(state, offset);
            } else if (slot >= 0 && state.slots.reason[slot] != FailureReason.NONE.number()) {
                failed[failedCount++] = offset;
            }
        }
        putSettled(state);
        putFailed(state, Arrays.copyOf(failed, failedCount));
        if (hasIntent) {
            putIntent(state);
        }
        return out.toBytes();
    }

    /** Offsets come in order. */
    private void addSettled(PartitionState state, long offset) {
        if (offset < state.window.low()) {
            return;
        }
        if (rangeEnds > 0 && ranges[rangeEnds - 1] == offset) {
            ranges[rangeEnds - 1]++;
            return;
        }
        if (rangeEnds == ranges.length) {
            ranges = Arrays.copyOf(ranges, 2 * ranges.length);
        }
        ranges[rangeEnds++] = offset;
        ranges[rangeEnds++] = offset + 1;
    }

    private void putSettled(PartitionState state) {
        long before = state.window.low();
        out.put(JournalFormat.SETTLED).varint(before).varint(rangeEnds / 2);
        for (int i = 0; i < rangeEnds; i++) {
            out.varint(ranges[i] - before);
            before = ranges[i];
        }
    }

    private void putFailed(PartitionState state, long[] offsets) {
        int count = 0;
        for (int i = 0; i < offsets.length; i++) {
            if (state.slotAt(offsets[i]) >= 0 && (count == 0 || offsets[count - 1] != offsets[i])) {
                offsets[count++] = offsets[i];
            }
        }
        if (count == 0) {
            return;
        }
        out.put(JournalFormat.FAILED).varint(count);
        for (int i = 0; i < count; i++) {
            int slot = state.slotAt(offsets[i]);
            MessageState now = state.slots.state(slot);
            boolean putOff = now == MessageState.WAITING || now == MessageState.UNSEEN;
            long time = putOff ? state.slots.deadlines.time(slot) : DeadlineHeap.NEVER;
            out.varint(i == 0 ? offsets[0] : offsets[i] - offsets[i - 1])
                    .varint(state.failedAttempts(slot))
                    .varint(time == DeadlineHeap.NEVER ? 0 : time)
                    .put(state.slots.reason[slot]);
        }
    }

    private void putIntent(PartitionState state) {
        int slot = state.intent;
        out.put(JournalFormat.INTENT)
                .varint(state.slots.offset[slot])
                .varint(state.slots.attempts[slot])
                .put(state.slots.reason[slot])
                .varint(state.intentSequence());
    }
}
