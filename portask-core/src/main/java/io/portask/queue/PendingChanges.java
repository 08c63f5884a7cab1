package io.portask.queue;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What happened to one partition of a queue group and is not yet on its way to the journal: which messages were settled, of
 * which messages a delivery failed, and whether an intent to dead-letter was made. Positions count changes: one is safe when {@link
 * #stored()} has reached the {@link #position()} that it had when it was made.
 */
final class PendingChanges {
    private static final int INITIAL_CAPACITY = 16;
    private static final int KEPT_CAPACITY = 8192;

    private long[] settled = new long[INITIAL_CAPACITY];
    private int settledCount;
    private long[] failed = new long[INITIAL_CAPACITY];
    private int failedCount;
    private boolean intent;
    private long position;
    private long taken;
    private long stored;
    private @Nullable Runnable listener;

    /** From now on called when the first change after {@link #clear()} is made, and now if there is one. */
    void listen(Runnable onFirstChange) {
        listener = onFirstChange;
        if (!isEmpty()) {
            onFirstChange.run();
        }
    }

    void settled(long offset) {
        settled = withRoom(settled, settledCount);
        settled[settledCount++] = offset;
        changed();
    }

    void failed(long offset) {
        failed = withRoom(failed, failedCount);
        failed[failedCount++] = offset;
        changed();
    }

    void intent() {
        intent = true;
        changed();
    }

    boolean isEmpty() {
        return position == taken;
    }

    /** How many changes have been made. */
    long position() {
        return position;
    }

    /** How many changes are in the journal. */
    long stored() {
        return stored;
    }

    /** How many changes are not in the journal yet. */
    long backlog() {
        return position - stored;
    }

    boolean hasIntent() {
        return intent;
    }

    /** The settled offsets in order. */
    long[] sortedSettled() {
        return sorted(settled, settledCount);
    }

    /** The offsets of which a delivery failed, in order; one may be there more than once. */
    long[] sortedFailed() {
        return sorted(failed, failedCount);
    }

    /** Everything so far is on its way to the journal, in one record. */
    void clear() {
        taken = position;
        settledCount = 0;
        failedCount = 0;
        intent = false;
        if (settled.length > KEPT_CAPACITY || failed.length > KEPT_CAPACITY) {
            settled = new long[INITIAL_CAPACITY];
            failed = new long[INITIAL_CAPACITY];
        }
    }

    /** The journal holds everything up to a position. */
    void stored(long upTo) {
        stored = upTo;
    }

    private void changed() {
        boolean first = isEmpty();
        position++;
        if (first && listener != null) {
            listener.run();
        }
    }

    private static long[] withRoom(long[] offsets, int count) {
        return count < offsets.length ? offsets : Arrays.copyOf(offsets, 2 * count);
    }

    private static long[] sorted(long[] offsets, int count) {
        long[] copy = Arrays.copyOf(offsets, count);
        Arrays.sort(copy);
        return copy;
    }
}
