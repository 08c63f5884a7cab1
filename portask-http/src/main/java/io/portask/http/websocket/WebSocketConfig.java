package io.portask.http.websocket;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/**
 * Bounds of a WebSocket.
 *
 * @param maxMessageBytes the largest message that a client may send, 125 B to 1 GiB
 * @param closeTimeoutMs how long a client may take to answer a Close, 1 ms to 10 minutes
 */
public record WebSocketConfig(int maxMessageBytes, int closeTimeoutMs) {
    private static final int MAX_MESSAGE_BYTES = 1 << 30;
    private static final int MAX_CLOSE_TIMEOUT_MS = 600_000;

    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public WebSocketConfig {
        check("maxMessageBytes", maxMessageBytes, FrameDecoder.MAX_CONTROL_BYTES, MAX_MESSAGE_BYTES);
        check("closeTimeoutMs", closeTimeoutMs, 1, MAX_CLOSE_TIMEOUT_MS);
    }

    private static void check(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, key + " is " + value + "; allowed is " + min + " to " + max);
        }
    }
}
