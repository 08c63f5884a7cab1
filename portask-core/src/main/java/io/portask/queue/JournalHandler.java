package io.portask.queue;

/** Told what a record of a queue journal says, entry by entry. See {@link JournalFormat}. */
interface JournalHandler {
    /** Everything known so far is void; what follows is the whole state. */
    void onSnapshot(long producerId, int nextSequence);

    void onLow(long low);

    /** Offsets beyond low that are settled, {@code end} excluded. */
    void onSettled(long from, long end);

    void onFailed(long offset, int attempts, long dueMs, FailureReason reason);

    void onIntent(long offset, int attempts, FailureReason reason, int sequence);
}
