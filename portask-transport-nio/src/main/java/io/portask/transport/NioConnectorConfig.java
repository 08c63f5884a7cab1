package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/**
 * How a connector works.
 *
 * @param protocol the name of what its connections speak, for metrics and listings; default "client"
 * @param loops the threads; default one, as a daemon
 * @param connection bounds and timeouts of each connection
 */
public record NioConnectorConfig(String protocol, LoopConfig loops, ConnectionConfig connection) {
    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public NioConnectorConfig {
        ConfigCheck.notBlank("protocol", protocol);
    }

    public static NioConnectorConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private String protocol = "client";
        private LoopConfig loops =
                LoopConfig.builder().eventLoops(1).daemon(true).build();
        private ConnectionConfig connection = ConnectionConfig.defaults();

        private Builder() {}

        public Builder protocol(String name) {
            protocol = name;
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

        public NioConnectorConfig build() {
            return new NioConnectorConfig(protocol, loops, connection);
        }
    }
}
