package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.protocol.PortKeys;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a client connects.
 *
 * @param servers tried in turn until one answers; no default
 * @param clientName what the server calls this client in its log, 1 to 249 characters; default "portask-client"
 * @param token what the server asks for, if it does; default none
 * @param encryptionKeys keys shared with the server; with them every frame is encrypted; default none
 * @param compressFrames whether frames are compressed on the wire, beside the batches; default false
 * @param connectTimeoutMs for one server: to connect and to be greeted, 1 ms to 10 minutes; default 5,000
 * @param requestTimeoutMs how long a request may wait for its answer, 1 ms to 1 hour; default 30,000
 * @param reconnectMinMs the first pause before connecting again, at most, 1 ms to {@code reconnectMaxMs}; default 50
 * @param reconnectMaxMs no pause is longer, up to 10 minutes; default 5,000
 * @param heartbeatMs a quiet connection is tried at least this often, and given up after two periods without a byte, 100 ms to
 *     1 hour; the server may ask for a shorter one; default 10,000
 * @param idle what the client's thread does without work; default {@link IdleMode#BLOCK}
 */
public record ClientConfig(
        List<InetSocketAddress> servers,
        String clientName,
        @Nullable String token,
        @Nullable PortKeys encryptionKeys,
        boolean compressFrames,
        int connectTimeoutMs,
        int requestTimeoutMs,
        int reconnectMinMs,
        int reconnectMaxMs,
        int heartbeatMs,
        IdleMode idle) {
    private static final int TEN_MINUTES_MS = 600_000;
    private static final int HOUR_MS = 3_600_000;
    private static final int MAX_TOKEN_LENGTH = 4096;

    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public ClientConfig {
        servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw ConfigCheck.invalid("server is missing; say for example server(\"127.0.0.1:9092\")");
        }
        ConfigCheck.name("clientName", clientName);
        if (token != null) {
            ConfigCheck.range("the length of token", token.length(), 1, MAX_TOKEN_LENGTH);
        }
        ConfigCheck.range("connectTimeoutMs", connectTimeoutMs, 1, TEN_MINUTES_MS);
        ConfigCheck.range("requestTimeoutMs", requestTimeoutMs, 1, HOUR_MS);
        ConfigCheck.range("reconnectMaxMs", reconnectMaxMs, 1, TEN_MINUTES_MS);
        ConfigCheck.range("reconnectMinMs", reconnectMinMs, 1, reconnectMaxMs);
        ConfigCheck.range("heartbeatMs", heartbeatMs, 100, HOUR_MS);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Leaves the token out. */
    @Override
    public String toString() {
        return "ClientConfig[servers "
                + servers.stream().map(ServerAddresses::text).toList() + ", clientName " + clientName + "]";
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private List<InetSocketAddress> servers = List.of();
        private String clientName = "portask-client";
        private @Nullable String token;
        private @Nullable PortKeys encryptionKeys;
        private boolean compressFrames;
        private int connectTimeoutMs = 5_000;
        private int requestTimeoutMs = 30_000;
        private int reconnectMinMs = 50;
        private int reconnectMaxMs = 5_000;
        private int heartbeatMs = 10_000;
        private IdleMode idle = IdleMode.BLOCK;

        private Builder() {}

        /** One server as {@code host:port}, or several with commas, tried in turn. */
        public Builder server(String addresses) {
            servers = ServerAddresses.parse(addresses);
            return this;
        }

        public Builder clientName(String name) {
            clientName = name;
            return this;
        }

        public Builder token(@Nullable String secret) {
            token = secret;
            return this;
        }

        public Builder encryptionKeys(@Nullable PortKeys keys) {
            encryptionKeys = keys;
            return this;
        }

        public Builder compressFrames(boolean enabled) {
            compressFrames = enabled;
            return this;
        }

        public Builder connectTimeoutMs(int millis) {
            connectTimeoutMs = millis;
            return this;
        }

        public Builder requestTimeoutMs(int millis) {
            requestTimeoutMs = millis;
            return this;
        }

        public Builder reconnectMinMs(int millis) {
            reconnectMinMs = millis;
            return this;
        }

        public Builder reconnectMaxMs(int millis) {
            reconnectMaxMs = millis;
            return this;
        }

        public Builder heartbeatMs(int millis) {
            heartbeatMs = millis;
            return this;
        }

        public Builder idle(IdleMode mode) {
            idle = mode;
            return this;
        }

        public ClientConfig build() {
            return new ClientConfig(
                    servers,
                    clientName,
                    token,
                    encryptionKeys,
                    compressFrames,
                    connectTimeoutMs,
                    requestTimeoutMs,
                    reconnectMinMs,
                    reconnectMaxMs,
                    heartbeatMs,
                    idle);
        }
    }
}
