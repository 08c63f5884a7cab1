package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.function.Supplier;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.jspecify.annotations.Nullable;

/**
 * The threads behind a server or a connector, and the memory that they share.
 *
 * @param eventLoops threads, 1 to 256; default the number of cores, at most 8
 * @param maxBufferBytes direct memory for partial frames and queued copies, for all loops together, 1 MiB to 1 TiB; a
 *     connection that would need more closes with {@link ErrorCode#OVERLOADED}; default 256 MiB
 * @param shutdownTimeoutMs how long sessions may take to finish when their owner closes, 0 to 10 minutes; default 5,000
 * @param idleStrategy what a loop without work does between two looks at its sockets; {@code null}, the default, blocks in
 *     {@code select()} until there is work
 * @param daemon whether the threads let the process end; default false
 */
public record LoopConfig(
        int eventLoops,
        long maxBufferBytes,
        int shutdownTimeoutMs,
        @Nullable Supplier<IdleStrategy> idleStrategy,
        boolean daemon) {
    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public LoopConfig {
        ConfigCheck.range("eventLoops", eventLoops, 1, 256);
        ConfigCheck.range("maxBufferBytes", maxBufferBytes, 1 << 20, 1L << 40);
        ConfigCheck.range("shutdownTimeoutMs", shutdownTimeoutMs, 0, 600_000);
    }

    public static LoopConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private int eventLoops = Math.min(8, Runtime.getRuntime().availableProcessors());
        private long maxBufferBytes = 256 << 20;
        private int shutdownTimeoutMs = 5_000;
        private @Nullable Supplier<IdleStrategy> idleStrategy;
        private boolean daemon;

        private Builder() {}

        public Builder eventLoops(int loops) {
            eventLoops = loops;
            return this;
        }

        public Builder maxBufferBytes(long bytes) {
            maxBufferBytes = bytes;
            return this;
        }

        public Builder shutdownTimeoutMs(int millis) {
            shutdownTimeoutMs = millis;
            return this;
        }

        /** A strategy for each loop, which then polls its sockets instead of blocking. */
        public Builder idleStrategy(Supplier<IdleStrategy> strategy) {
            idleStrategy = strategy;
            return this;
        }

        /** Loops that spin, then yield, then park for at most 100 µs: the shortest latency, paid with processor time. */
        public Builder lowLatency() {
            return idleStrategy(() -> new BackoffIdleStrategy(10_000, 1_000, 1_000, 100_000));
        }

        public Builder daemon(boolean enabled) {
            daemon = enabled;
            return this;
        }

        public LoopConfig build() {
            return new LoopConfig(eventLoops, maxBufferBytes, shutdownTimeoutMs, idleStrategy, daemon);
        }
    }
}
