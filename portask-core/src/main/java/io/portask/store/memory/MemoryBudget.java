package io.portask.store.memory;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.concurrent.atomic.AtomicLong;

/** How many bytes of batches a store may keep, all topics together. Any thread. */
final class MemoryBudget {
    private final long maxBytes;
    private final AtomicLong taken = new AtomicLong();

    MemoryBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** @throws PortaskException {@link ErrorCode#OVERLOADED} if that is more than is left */
    void take(int bytes) {
        if (taken.addAndGet(bytes) > maxBytes) {
            taken.addAndGet(-bytes);
            throw new PortaskException(
                    ErrorCode.OVERLOADED,
                    "The memory store is full: " + maxBytes + " bytes (maxBytes). Trim or delete topics to make room");
        }
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }
}
