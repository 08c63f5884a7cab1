package io.portask.client;

/** What a producer does with a message for which its buffers have no room. */
public enum WhenFull {
    /** Waits for room, at most {@link ProducerConfig#maxBlockMs()}. */
    BLOCK,
    /** Refuses it at once with {@link io.portask.error.ErrorCode#OVERLOADED}. */
    FAIL
}
