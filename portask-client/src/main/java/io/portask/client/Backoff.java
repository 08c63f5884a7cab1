package io.portask.client;

import java.util.Random;

/**
 * Pauses before the next attempt: exponential with full jitter, that is, a random time up to a bound that doubles (M. Brooker,
 * "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). One thread at a time.
 */
final class Backoff {
    private final int minMs;
    private final int maxMs;
    private final Random random;
    private long boundMs;

    Backoff(int minMs, int maxMs, Random random) {
        this.minMs = minMs;
        this.maxMs = maxMs;
        this.random = random;
        this.boundMs = minMs;
    }

    /** The next pause: from 0 to the bound, both included. */
    long nextMs() {
        long pause = random.nextInt((int) boundMs + 1);
        boundMs = Math.min(maxMs, 2 * boundMs);
        return pause;
    }

    void reset() {
        boundMs = minMs;
    }
}
