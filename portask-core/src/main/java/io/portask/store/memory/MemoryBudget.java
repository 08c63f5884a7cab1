package io.portask.store.memory;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/** The memory that all chunks of a store may take together. For any thread. */
final class MemoryBudget {
    private final long maxBytes;
    private final AtomicLong used = new AtomicLong();

    MemoryBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** @throws PortaskException {@link ErrorCode#OVERLOADED} if it would exceed the budget or the JVM's direct memory */
    ByteBuffer allocate(int bytes) {
        if (used.addAndGet(bytes) > maxBytes) {
            used.addAndGet(-bytes);
            throw new PortaskException(
                    ErrorCode.OVERLOADED,
                    "The memory store is full: maxBytes=" + maxBytes + ". Trim topics, or allow more");
        }
        return allocateCounted(bytes);
    }

    /** Memory that takes the place of other memory, which is released next: the budget may be exceeded between the two. */
    ByteBuffer allocateReplacement(int bytes) {
        used.addAndGet(bytes);
        return allocateCounted(bytes);
    }

    private ByteBuffer allocateCounted(int bytes) {
        try {
            return ByteBuffer.allocateDirect(bytes);
        } catch (OutOfMemoryError e) {
            used.addAndGet(-bytes);
            throw new PortaskException(
                    ErrorCode.OVERLOADED,
                    "The JVM has no direct memory left for messages. Trim topics, or raise -XX:MaxDirectMemorySize",
                    e);
        }
    }

    void release(int bytes) {
        used.addAndGet(-bytes);
    }
}
