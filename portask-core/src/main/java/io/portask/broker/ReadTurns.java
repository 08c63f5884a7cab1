package io.portask.broker;

import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;

/**
 * Whose turn it is among those who read for one client: those that have something to deliver get a portion each, as long as
 * the client takes bytes. For protocols. One thread.
 */
public final class ReadTurns {
    /** Portions that are read at the same time, where the store does not read at once. */
    public static final int MAX_READING = 16;

    /** Who reads, a portion at a time. */
    public interface Turn {
        /** Reads and delivers a portion; tells of the read by {@link #readBegan()} and {@link #readEnded()}. */
        void takeTurn();
    }

    private final BooleanSupplier isWritable;
    private final ArrayDeque<Turn> ready = new ArrayDeque<>(1);
    private int reading;
    private boolean pumping;

    /** @param isWritable whether the client takes bytes now */
    public ReadTurns(BooleanSupplier isWritable) {
        this.isWritable = isWritable;
    }

    /** It takes its next turn when it comes. */
    public void enqueue(Turn reader) {
        ready.add(reader);
    }

    public void readBegan() {
        reading++;
    }

    public void readEnded() {
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
                Turn next = ready.poll();
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
