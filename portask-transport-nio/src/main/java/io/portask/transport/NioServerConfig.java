package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/**
 * How a server listens.
 *
 * @param host the address or name to bind to; default 127.0.0.1
 * @param port 0 to 65,535, 0 takes a free one; default 0
 * @param backlog connections that the system may hold before they are accepted, 1 to 65,535; default 1,024
 * @param maxConnections connections beyond this number are closed when accepted, 1 to 10,000,000; default 10,000, less where
 *     the process may not open as many files
 * @param recognitionTimeoutMs how long a peer may take to send bytes that a protocol recognizes, 1 ms to 10 minutes; default
 *     10,000
 * @param loops the threads
 * @param connection bounds and timeouts of each connection
 */
public record NioServerConfig(
        String host,
        int port,
        int backlog,
        int maxConnections,
        int recognitionTimeoutMs,
        LoopConfig loops,
        ConnectionConfig connection) {
    static final int MAX_CONNECTIONS = 10_000_000;

    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public NioServerConfig {
        ConfigCheck.notBlank("host", host);
        ConfigCheck.range("port", port, 0, 65_535);
        ConfigCheck.range("backlog", backlog, 1, 65_535);
        ConfigCheck.range("maxConnections", maxConnections, 1, MAX_CONNECTIONS);
        ConfigCheck.range("recognitionTimeoutMs", recognitionTimeoutMs, 1, 600_000);
    }

    public static NioServerConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private static final int DEFAULT_MAX_CONNECTIONS = 10_000;

        private String host = "127.0.0.1";
        private int port;
        private int backlog = 1_024;
        private int maxConnections = FileLimit.connectionsUpTo(DEFAULT_MAX_CONNECTIONS);
        private int recognitionTimeoutMs = 10_000;
        private LoopConfig loops = LoopConfig.defaults();
        private ConnectionConfig connection = ConnectionConfig.defaults();

        private Builder() {}

        public Builder host(String addressOrName) {
            host = addressOrName;
            return this;
        }

        public Builder port(int number) {
            port = number;
            return this;
        }

        public Builder backlog(int connections) {
            backlog = connections;
            return this;
        }

        public Builder maxConnections(int connections) {
            maxConnections = connections;
            return this;
        }

        public Builder recognitionTimeoutMs(int millis) {
            recognitionTimeoutMs = millis;
            return this;
        }

        /** Replaces the number of loops in {@link #loops(LoopConfig)}. */
        public Builder eventLoops(int threads) {
            loops = new LoopConfig(
                    threads, loops.maxBufferBytes(), loops.shutdownTimeoutMs(), loops.idleStrategy(), loops.daemon());
            return this;
        }

        public Builder loops(LoopConfig config) {
            loops = config;
            return this;
        }

        public Builder connection(ConnectionConfig config) {
            connection = config;
            return this;
        }

        public NioServerConfig build() {
            return new NioServerConfig(host, port, backlog, maxConnections, recognitionTimeoutMs, loops, connection);
        }
    }
}
