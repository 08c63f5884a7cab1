package io.portask.http.feed;

import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;

/**
 * Whose turn it is among the partitions that one client reads: those that have something to deliver get a portion each, as
 * long as the client takes bytes. One thread.
 */
public final class FeedTurns {
    /** Portions that are read at the same time, where the store does not read at once. */
    private static final int MAX_READING = 16;

    private final BooleanSupplier isWritable;
    private final ArrayDeque<PartitionFeed> ready = new ArrayDeque<>(1);
    private int reading;
    private boolean pumping;

    /** @param isWritable whether the client takes bytes now */
    public FeedTurns(BooleanSupplier isWritable) {
        this.isWritable = isWritable;
    }

    /** The partition takes its next turn when it comes. */
    void enqueue(PartitionFeed feed) {
        ready.add(feed);
    }

    void readBegan() {
        reading++;
    }

    void readEnded() {
        reading--;
    }

    /** Gives turns as long as the client takes bytes and not too many portions are on their way. */
    public void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            while (reading < MAX_READING && isWritable.getAsBoolean()) {
                PartitionFeed next = ready.poll();
                if (next == null) {
                    break;
                }
                next.takeTurn();
            }
        } finally {
            pumping = false;
        }
    }

    /** Nobody who waits gets a turn. */
    public void clear() {
        ready.clear();
    }
}
