package io.portask.queue;

import java.util.SplittableRandom;

/** How long a failed message waits: exponential backoff with a cap and, if configured, jitter from a seed. */
final class RetryDelays {
    private final QueueConfig config;
    private final SplittableRandom random;

    RetryDelays(QueueConfig config, long seed) {
        this.config = config;
        this.random = new SplittableRandom(seed);
    }

    /** @param failures how many deliveries of the message have failed, this one included */
    long afterMs(int failures) {
        long first = config.retryDelayMs();
        int doublings = Math.min(failures - 1, Long.numberOfLeadingZeros(first) - 1);
        long delay = Math.min(first << doublings, config.maxRetryDelayMs());
        long jitter = delay * config.retryJitterPercent() / 100;
        return jitter == 0 ? delay : delay - random.nextLong(jitter + 1);
    }
}
