package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/**
 * Bounds and timeouts of every connection, inbound or outbound.
 *
 * @param maxFrameBytes the most bytes that a session may leave pending for one partial frame, 64 B to 1 GiB; a session that
 *     needs more closes with {@link ErrorCode#FRAME_TOO_LARGE}; default 16 MiB and 64 B for a header
 * @param highWatermark queued outbound bytes above which reading pauses, 1 B to 1 GiB; default 1 MiB
 * @param lowWatermark queued outbound bytes at which it goes on, 0 to {@code highWatermark}; default 256 KiB
 * @param maxOutboundBytes queued outbound bytes beyond which the connection closes with {@link ErrorCode#SLOW_PEER},
 *     {@code highWatermark} to 2 GiB - 1; default 64 MiB
 * @param idleTimeoutMs silence after which a session is told, 0 for never or 1 ms to 1 day; default 30,000
 * @param closeTimeoutMs how long a closing connection may take to send what is queued, 1 ms to 10 minutes; default 2,000
 * @param receiveBufferBytes the socket's receive buffer, 0 for the system's choice or 1 KiB to 1 GiB; default 0
 * @param sendBufferBytes the socket's send buffer, 0 for the system's choice or 1 KiB to 1 GiB; default 0
 */
public record ConnectionConfig(
        int maxFrameBytes,
        int highWatermark,
        int lowWatermark,
        int maxOutboundBytes,
        int idleTimeoutMs,
        int closeTimeoutMs,
        int receiveBufferBytes,
        int sendBufferBytes) {
    private static final int GIB = 1 << 30;

    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public ConnectionConfig {
        ConfigCheck.range("maxFrameBytes", maxFrameBytes, 64, GIB);
        ConfigCheck.range("highWatermark", highWatermark, 1, GIB);
        ConfigCheck.range("lowWatermark", lowWatermark, 0, highWatermark);
        ConfigCheck.range("maxOutboundBytes", maxOutboundBytes, highWatermark, Integer.MAX_VALUE);
        ConfigCheck.zeroOrRange("idleTimeoutMs", idleTimeoutMs, 1, 86_400_000);
        ConfigCheck.range("closeTimeoutMs", closeTimeoutMs, 1, 600_000);
        ConfigCheck.zeroOrRange("receiveBufferBytes", receiveBufferBytes, 1024, GIB);
        ConfigCheck.zeroOrRange("sendBufferBytes", sendBufferBytes, 1024, GIB);
    }

    public static ConnectionConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private int maxFrameBytes = (16 << 20) + 64;
        private int highWatermark = 1 << 20;
        private int lowWatermark = 256 << 10;
        private int maxOutboundBytes = 64 << 20;
        private int idleTimeoutMs = 30_000;
        private int closeTimeoutMs = 2_000;
        private int receiveBufferBytes;
        private int sendBufferBytes;

        private Builder() {}

        public Builder maxFrameBytes(int bytes) {
            maxFrameBytes = bytes;
            return this;
        }

        public Builder highWatermark(int bytes) {
            highWatermark = bytes;
            return this;
        }

        public Builder lowWatermark(int bytes) {
            lowWatermark = bytes;
            return this;
        }

        public Builder maxOutboundBytes(int bytes) {
            maxOutboundBytes = bytes;
            return this;
        }

        public Builder idleTimeoutMs(int millis) {
            idleTimeoutMs = millis;
            return this;
        }

        public Builder closeTimeoutMs(int millis) {
            closeTimeoutMs = millis;
            return this;
        }

        public Builder receiveBufferBytes(int bytes) {
            receiveBufferBytes = bytes;
            return this;
        }

        public Builder sendBufferBytes(int bytes) {
            sendBufferBytes = bytes;
            return this;
        }

        public ConnectionConfig build() {
            return new ConnectionConfig(
                    maxFrameBytes,
                    highWatermark,
                    lowWatermark,
                    maxOutboundBytes,
                    idleTimeoutMs,
                    closeTimeoutMs,
                    receiveBufferBytes,
                    sendBufferBytes);
        }
    }
}
