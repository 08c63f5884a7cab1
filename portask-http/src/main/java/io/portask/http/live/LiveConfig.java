package io.portask.http.live;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.websocket.WebSocketConfig;

/**
 * How {@code /ws} is served.
 *
 * @param maxMessageBytes the largest message that a client may send, 1 KiB to 1 GiB; about as many bytes of unanswered requests
 *     make the session stop reading; default 4 MiB
 * @param maxInFlight requests of one client that may be unanswered before it is not read from, 1 to 1,000,000; default 256
 * @param maxPartitions partitions that one client may read from, 1 to 1,000,000; default 1024
 * @param maxKeptBytes what was read for all clients and waits for their credit, 0 to 16 GiB; beyond it is read again when credit
 *     comes; default 32 MiB
 * @param closeTimeoutMs how long a client may take to answer a Close, 1 ms to 10 minutes; default 2,000
 */
public record LiveConfig(
        int maxMessageBytes, int maxInFlight, int maxPartitions, long maxKeptBytes, int closeTimeoutMs) {
    private static final int MILLION = 1_000_000;

    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public LiveConfig {
        check("maxMessageBytes", maxMessageBytes, 1 << 10, 1 << 30);
        check("maxInFlight", maxInFlight, 1, MILLION);
        check("maxPartitions", maxPartitions, 1, MILLION);
        check("maxKeptBytes", maxKeptBytes, 0, 16L << 30);
        check("closeTimeoutMs", closeTimeoutMs, 1, 600_000);
    }

    public static LiveConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    WebSocketConfig webSocket() {
        return new WebSocketConfig(maxMessageBytes, closeTimeoutMs);
    }

    private static void check(String key, long value, long min, long max) {
        if (value < min || value > max) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, key + " is " + value + "; allowed is " + min + " to " + max);
        }
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private int maxMessageBytes = 4 << 20;
        private int maxInFlight = 256;
        private int maxPartitions = 1024;
        private long maxKeptBytes = 32 << 20;
        private int closeTimeoutMs = 2_000;

        private Builder() {}

        public Builder maxMessageBytes(int bytes) {
            maxMessageBytes = bytes;
            return this;
        }

        public Builder maxInFlight(int requests) {
            maxInFlight = requests;
            return this;
        }

        public Builder maxPartitions(int partitions) {
            maxPartitions = partitions;
            return this;
        }

        public Builder maxKeptBytes(long bytes) {
            maxKeptBytes = bytes;
            return this;
        }

        public Builder closeTimeoutMs(int timeoutMs) {
            closeTimeoutMs = timeoutMs;
            return this;
        }

        public LiveConfig build() {
            return new LiveConfig(maxMessageBytes, maxInFlight, maxPartitions, maxKeptBytes, closeTimeoutMs);
        }
    }
}
