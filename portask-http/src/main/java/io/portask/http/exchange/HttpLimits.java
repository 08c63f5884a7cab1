package io.portask.http.exchange;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/**
 * Bounds and timeouts of HTTP connections.
 *
 * @param maxHeadBytes the request line and fields of one request, 1 KiB to 1 MiB and not above the transport's frame limit;
 *     default 16 KiB; more is answered with 431
 * @param maxFields fields of one request, 8 to 10,000; default 100; more is answered with 431
 * @param maxTargetBytes the request target, 64 B to {@code maxHeadBytes}; default 8 KiB; more is answered with 414
 * @param maxBodyBytes the body of a request, where its route has no limit of its own, 0 to 1 GiB; default 16 MiB; more is
 *     answered with 413
 * @param bodyBufferBytes how much of a body waits for a handler that reads it on a thread, 1 KiB to 16 MiB; default 64 KiB
 * @param maxPipelined unanswered requests of one connection beyond which no more are read, 1 to 10,000; default 64
 * @param maxHeldBytes answers of one connection that wait for an earlier one, beyond which no more requests are read, 1 KiB to 64 MiB;
 *     default 1 MiB; a connection whose requests under way make it {@value #HELD_FACTOR} times as much is closed
 * @param headTimeoutMs from the first byte of a head to its last, 10 ms to 10 minutes; default 10,000; then 408
 * @param bodyTimeoutMs how long a body may take that is collected before its handler runs, or how long any other body may be
 *     silent, 10 ms to 1 hour; default 30,000; then 408
 * @param keepAliveMs how long a connection may live without a request, or without an answer once the client has ended its side, 10 ms to 1 day; default 60,000
 */
public record HttpLimits(
        int maxHeadBytes,
        int maxFields,
        int maxTargetBytes,
        int maxBodyBytes,
        int bodyBufferBytes,
        int maxPipelined,
        int maxHeldBytes,
        int headTimeoutMs,
        int bodyTimeoutMs,
        int keepAliveMs) {
    private static final int HELD_FACTOR = 16;

    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public HttpLimits {
        check("maxHeadBytes", maxHeadBytes, 1 << 10, 1 << 20);
        check("maxFields", maxFields, 8, 10_000);
        check("maxTargetBytes", maxTargetBytes, 64, maxHeadBytes);
        check("maxBodyBytes", maxBodyBytes, 0, 1 << 30);
        check("bodyBufferBytes", bodyBufferBytes, 1 << 10, 16 << 20);
        check("maxPipelined", maxPipelined, 1, 10_000);
        check("maxHeldBytes", maxHeldBytes, 1 << 10, 64 << 20);
        check("headTimeoutMs", headTimeoutMs, 10, 600_000);
        check("bodyTimeoutMs", bodyTimeoutMs, 10, 3_600_000);
        check("keepAliveMs", keepAliveMs, 10, 86_400_000);
    }

    /** What waits for an earlier answer at most, but for the last answer that joins it. */
    public long closingHeldBytes() {
        return (long) HELD_FACTOR * maxHeldBytes;
    }

    private static void check(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, key + " is " + value + "; allowed is " + min + " to " + max);
        }
    }

    public static HttpLimits defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private int maxHeadBytes = 16 << 10;
        private int maxFields = 100;
        private int maxTargetBytes = 8 << 10;
        private int maxBodyBytes = 16 << 20;
        private int bodyBufferBytes = 64 << 10;
        private int maxPipelined = 64;
        private int maxHeldBytes = 1 << 20;
        private int headTimeoutMs = 10_000;
        private int bodyTimeoutMs = 30_000;
        private int keepAliveMs = 60_000;

        private Builder() {}

        public Builder maxHeadBytes(int bytes) {
            maxHeadBytes = bytes;
            return this;
        }

        public Builder maxFields(int fields) {
            maxFields = fields;
            return this;
        }

        public Builder maxTargetBytes(int bytes) {
            maxTargetBytes = bytes;
            return this;
        }

        public Builder maxBodyBytes(int bytes) {
            maxBodyBytes = bytes;
            return this;
        }

        public Builder bodyBufferBytes(int bytes) {
            bodyBufferBytes = bytes;
            return this;
        }

        public Builder maxPipelined(int requests) {
            maxPipelined = requests;
            return this;
        }

        public Builder maxHeldBytes(int bytes) {
            maxHeldBytes = bytes;
            return this;
        }

        public Builder headTimeoutMs(int millis) {
            headTimeoutMs = millis;
            return this;
        }

        public Builder bodyTimeoutMs(int millis) {
            bodyTimeoutMs = millis;
            return this;
        }

        public Builder keepAliveMs(int millis) {
            keepAliveMs = millis;
            return this;
        }

        public HttpLimits build() {
            return new HttpLimits(
                    maxHeadBytes,
                    maxFields,
                    maxTargetBytes,
                    maxBodyBytes,
                    bodyBufferBytes,
                    maxPipelined,
                    maxHeldBytes,
                    headTimeoutMs,
                    bodyTimeoutMs,
                    keepAliveMs);
        }
    }
}
