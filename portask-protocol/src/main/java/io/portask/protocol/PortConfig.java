package io.portask.protocol;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How PORT/1 is served.
 *
 * @param maxFrameBytes the largest payload accepted, 256 KiB to 1 GiB; default 0: what the broker's largest batch needs
 * @param tokens whoever says Hello must name one of them, unless there are none; each 1 to 4096 bytes; default none
 * @param keys the keys of frame encryption; default null: encrypted frames are refused
 * @param requireEncryption whether plain frames are refused; default false
 * @param maxInFlight requests of one connection that may be unanswered before it is not read from, 1 to 1,000,000; default 1024
 * @param maxSubscriptions subscriptions, and as many waiting fetches, of one connection, 1 to 1,000,000; default 1024
 * @param heartbeatMs what Hello tells clients: they send something at least this often. The connection's owner is what
 *     enforces it, so this should be its idle timeout; default 30,000
 * @param serverName what Hello tells clients, up to 255 bytes; default {@code portask}
 * @param serverVersion what Hello tells clients, up to 255 bytes; default {@code unknown}
 */
public record PortConfig(
        int maxFrameBytes,
        List<String> tokens,
        @Nullable PortKeys keys,
        boolean requireEncryption,
        int maxInFlight,
        int maxSubscriptions,
        int heartbeatMs,
        String serverName,
        String serverVersion) {
    /** Room for the answer that describes the topic with the most partitions. */
    static final int MIN_FRAME_BYTES = 256 << 10;

    static final int MAX_FRAME_BYTES = 1 << 30;

    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public PortConfig {
        tokens = List.copyOf(tokens);
        if (maxFrameBytes != 0) {
            check("maxFrameBytes", maxFrameBytes, MIN_FRAME_BYTES, MAX_FRAME_BYTES);
        }
        check("maxInFlight", maxInFlight, 1, 1_000_000);
        check("maxSubscriptions", maxSubscriptions, 1, 1_000_000);
        check("heartbeatMs", heartbeatMs, 1, Integer.MAX_VALUE);
        checkLength("serverName", serverName, 0, PayloadFields.MAX_NAME_BYTES);
        checkLength("serverVersion", serverVersion, 0, PayloadFields.MAX_NAME_BYTES);
        for (String token : tokens) {
            checkLength("A token", token, 1, HelloRequest.MAX_TOKEN_BYTES);
        }
        if (requireEncryption && keys == null) {
            throw invalid("requireEncryption is set, but there are no keys; name at least one, written id:key");
        }
    }

    public static PortConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    private static void check(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw invalid(key + " is " + value + "; allowed is " + min + " to " + max);
        }
    }

    private static void checkLength(String key, String value, int min, int max) {
        int size = value.getBytes(StandardCharsets.UTF_8).length;
        if (size < min || size > max) {
            throw invalid(key + " has " + size + " bytes; allowed is " + min + " to " + max);
        }
    }

    private static PortaskException invalid(String message) {
        return new PortaskException(ErrorCode.INVALID_CONFIGURATION, message);
    }

    /** Leaves tokens and keys out. */
    @Override
    public String toString() {
        return "PortConfig[" + serverName + " " + serverVersion + ", tokens " + tokens.size() + ", encryption "
                + (keys == null ? "off" : requireEncryption ? "required" : "possible") + "]";
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private int maxFrameBytes;
        private List<String> tokens = List.of();
        private @Nullable PortKeys keys;
        private boolean requireEncryption;
        private int maxInFlight = 1024;
        private int maxSubscriptions = 1024;
        private int heartbeatMs = 30_000;
        private String serverName = "portask";
        private String serverVersion = "unknown";

        private Builder() {}

        public Builder maxFrameBytes(int bytes) {
            maxFrameBytes = bytes;
            return this;
        }

        public Builder tokens(Collection<String> allowed) {
            tokens = List.copyOf(allowed);
            return this;
        }

        public Builder keys(@Nullable PortKeys shared) {
            keys = shared;
            return this;
        }

        public Builder requireEncryption(boolean required) {
            requireEncryption = required;
            return this;
        }

        public Builder maxInFlight(int requests) {
            maxInFlight = requests;
            return this;
        }

        public Builder maxSubscriptions(int subscriptions) {
            maxSubscriptions = subscriptions;
            return this;
        }

        public Builder heartbeatMs(int millis) {
            heartbeatMs = millis;
            return this;
        }

        public Builder serverName(String name) {
            serverName = name;
            return this;
        }

        public Builder serverVersion(String version) {
            serverVersion = version;
            return this;
        }

        public PortConfig build() {
            return new PortConfig(
                    maxFrameBytes,
                    tokens,
                    keys,
                    requireEncryption,
                    maxInFlight,
                    maxSubscriptions,
                    heartbeatMs,
                    serverName,
                    serverVersion);
        }
    }
}
