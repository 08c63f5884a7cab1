package io.portask.http.feed;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What all clients of one door may keep of what was read for them and that they gave no credit for yet. A client that finds no
 * room has it read again. Any thread.
 */
public final class PortionBudget {
    /** For clients that never want for credit. */
    public static final PortionBudget NONE = new PortionBudget(0);

    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();

    public PortionBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Takes so many bytes more, unless there is no room for them. */
    boolean tryTake(long more) {
        if (bytes.addAndGet(more) <= maxBytes || more <= 0) {
            return true;
        }
        bytes.addAndGet(-more);
        return false;
    }

    void giveBack(long taken) {
        bytes.addAndGet(-taken);
    }
}
