package io.portask.queue;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicNames;
import org.jspecify.annotations.Nullable;

/**
 * How a queue group treats its messages.
 *
 * @param ackTimeoutMs how long a member may hold a message before it goes to another, 100 ms to 24 h; default 30 s
 * @param maxDeliveries how often a message is delivered before it is given up, 1 to 10,000, or {@link #UNLIMITED}; default 10
 * @param retryDelayMs how long a failed message waits before its second delivery, 0 to 24 h; it doubles with each further
 *     one; default 1 s
 * @param maxRetryDelayMs where the doubling ends, from {@code retryDelayMs} to 24 h; default 5 min
 * @param retryJitterPercent by how much of itself a delay may be shortened, at random, so that what failed together does
 *     not come back together, 0 to 100; default 0
 * @param maxInFlight how many messages of the group a member holds at most, 1 to 100,000; default 1,000
 * @param maxUnsettled how far, in offsets, a partition is worked on beyond its oldest unsettled message, 1 to {@link
 *     #MAX_UNSETTLED}; default 100,000
 * @param deadLetterTopic where messages go that are given up; {@code *} stands for the topic's name; default {@value
 *     #DEFAULT_DEAD_LETTER_TOPIC}. Null for none: what is given up counts as settled and discarded. It then stays in its own
 *     topic as long as that keeps it, and no member gets it
 * @param deadLetterExpired whether messages that outlive their time to live go to the dead-letter topic too; default false
 */
public record QueueConfig(
        long ackTimeoutMs,
        int maxDeliveries,
        long retryDelayMs,
        long maxRetryDelayMs,
        int retryJitterPercent,
        int maxInFlight,
        int maxUnsettled,
        @Nullable String deadLetterTopic,
        boolean deadLetterExpired) {
    public static final int UNLIMITED = -1;
    public static final String DEFAULT_DEAD_LETTER_TOPIC = "*.dlq";

    /** A snapshot of so many fits into one record batch of the default size. */
    public static final int MAX_UNSETTLED = 200_000;

    static final long MAX_MS = 24L * 60 * 60 * 1000;

    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public QueueConfig {
        check("ackTimeoutMs", ackTimeoutMs, 100, MAX_MS);
        if (maxDeliveries != UNLIMITED) {
            check("maxDeliveries", maxDeliveries, 1, 10_000);
        }
        check("retryDelayMs", retryDelayMs, 0, MAX_MS);
        check("maxRetryDelayMs", maxRetryDelayMs, retryDelayMs, MAX_MS);
        check("retryJitterPercent", retryJitterPercent, 0, 100);
        check("maxInFlight", maxInFlight, 1, 100_000);
        check("maxUnsettled", maxUnsettled, 1, MAX_UNSETTLED);
        if (deadLetterTopic != null) {
            TopicNames.checkNotReserved(TopicNames.check(deadLetterTopic.replace("*", "x")));
        }
        if (deadLetterExpired && deadLetterTopic == null) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "deadLetterExpired is true, but there is no deadLetterTopic where expired messages could go");
        }
    }

    public static QueueConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /**
     * Where the given-up messages of a topic go; null for nowhere.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_TOPIC_NAME} if that name is too long or reserved
     */
    public @Nullable String deadLetterTopicOf(String topic) {
        return deadLetterTopic == null
                ? null
                : TopicNames.checkNotReserved(TopicNames.check(deadLetterTopic.replace("*", topic)));
    }

    /** Whether a message that was delivered so often is delivered no more. */
    boolean isExhausted(int deliveries) {
        return maxDeliveries != UNLIMITED && deliveries >= maxDeliveries;
    }

    private static void check(String key, long value, long min, long max) {
        if (value < min || value > max) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, key + " is " + value + "; allowed is " + min + " to " + max);
        }
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private long ackTimeoutMs = 30_000;
        private int maxDeliveries = 10;
        private long retryDelayMs = 1_000;
        private long maxRetryDelayMs = 300_000;
        private int retryJitterPercent;
        private int maxInFlight = 1_000;
        private int maxUnsettled = 100_000;
        private @Nullable String deadLetterTopic = DEFAULT_DEAD_LETTER_TOPIC;
        private boolean deadLetterExpired;

        private Builder() {}

        public Builder ackTimeoutMs(long ms) {
            ackTimeoutMs = ms;
            return this;
        }

        public Builder maxDeliveries(int deliveries) {
            maxDeliveries = deliveries;
            return this;
        }

        public Builder retryDelayMs(long firstMs, long maxMs) {
            retryDelayMs = firstMs;
            maxRetryDelayMs = maxMs;
            return this;
        }

        public Builder retryJitterPercent(int percent) {
            retryJitterPercent = percent;
            return this;
        }

        public Builder maxInFlight(int messages) {
            maxInFlight = messages;
            return this;
        }

        public Builder maxUnsettled(int offsets) {
            maxUnsettled = offsets;
            return this;
        }

        public Builder deadLetterTopic(@Nullable String name) {
            deadLetterTopic = name;
            return this;
        }

        public Builder deadLetterExpired(boolean enabled) {
            deadLetterExpired = enabled;
            return this;
        }

        public QueueConfig build() {
            return new QueueConfig(
                    ackTimeoutMs,
                    maxDeliveries,
                    retryDelayMs,
                    maxRetryDelayMs,
                    retryJitterPercent,
                    maxInFlight,
                    maxUnsettled,
                    deadLetterTopic,
                    deadLetterExpired);
        }
    }
}
