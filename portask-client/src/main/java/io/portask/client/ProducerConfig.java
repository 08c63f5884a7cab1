package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Compression;
import io.portask.record.Durability;
import org.jspecify.annotations.Nullable;

/**
 * How a producer batches, buffers and retries.
 *
 * @param durability what an acknowledgement promises; default the server's own default
 * @param batchBytes a batch is sent at the latest when it has this size, 1 KiB to 256 MiB; default 64 KiB. A message that is
 *     larger goes alone
 * @param lingerMs how long a batch waits for more messages, 0 to 1 minute, in steps of about 10 ms; default 0: a batch goes at
 *     once when nothing of its partition is in flight, else when the flight lands
 * @param bufferBytes the bound of memory for messages on their way, at least two batches; default 32 MiB
 * @param whenFull what is done with a message beyond that bound; default {@link WhenFull#BLOCK}
 * @param maxBlockMs how long sending may wait for room, or for a topic's partitions, 0 to 1 hour; default 60,000
 * @param deliveryTimeoutMs after this time from sending, a message is acknowledged or failed, retries included, 1 ms to 1 day;
 *     default 120,000
 * @param maxInFlightPerPartition batches of a partition that wait for their answer at the same time, 1 to 5; default 5. Without
 *     idempotence it is 1, because a retry would change the order
 * @param idempotent whether a retried batch is stored once; default true
 * @param compression of batches from 1 KiB on, where it pays; default {@link Compression#ZSTD}
 */
public record ProducerConfig(
        @Nullable Durability durability,
        int batchBytes,
        int lingerMs,
        long bufferBytes,
        WhenFull whenFull,
        int maxBlockMs,
        int deliveryTimeoutMs,
        int maxInFlightPerPartition,
        boolean idempotent,
        Compression compression) {
    private static final int MAX_BATCH_BYTES = 256 << 20;
    private static final int MINUTE_MS = 60_000;
    private static final int HOUR_MS = 3_600_000;
    private static final int DAY_MS = 86_400_000;
    /** As many batches as a store remembers of a producer. */
    private static final int MAX_IN_FLIGHT = 5;

    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public ProducerConfig {
        ConfigCheck.range("batchBytes", batchBytes, 1024, MAX_BATCH_BYTES);
        ConfigCheck.range("lingerMs", lingerMs, 0, MINUTE_MS);
        ConfigCheck.range("bufferBytes", bufferBytes, 2L * batchBytes, Long.MAX_VALUE);
        ConfigCheck.range("maxBlockMs", maxBlockMs, 0, HOUR_MS);
        ConfigCheck.range("deliveryTimeoutMs", deliveryTimeoutMs, 1, DAY_MS);
        ConfigCheck.range("maxInFlightPerPartition", maxInFlightPerPartition, 1, MAX_IN_FLIGHT);
    }

    public static ProducerConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** What the order of a partition allows. */
    int effectiveInFlight() {
        return idempotent ? maxInFlightPerPartition : 1;
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private @Nullable Durability durability;
        private int batchBytes = 64 << 10;
        private int lingerMs;
        private long bufferBytes = 32 << 20;
        private WhenFull whenFull = WhenFull.BLOCK;
        private int maxBlockMs = 60_000;
        private int deliveryTimeoutMs = 120_000;
        private int maxInFlightPerPartition = MAX_IN_FLIGHT;
        private boolean idempotent = true;
        private Compression compression = Compression.ZSTD;

        private Builder() {}

        public Builder durability(@Nullable Durability level) {
            durability = level;
            return this;
        }

        public Builder batchBytes(int bytes) {
            batchBytes = bytes;
            return this;
        }

        public Builder lingerMs(int millis) {
            lingerMs = millis;
            return this;
        }

        public Builder bufferBytes(long bytes) {
            bufferBytes = bytes;
            return this;
        }

        public Builder whenFull(WhenFull choice) {
            whenFull = choice;
            return this;
        }

        public Builder maxBlockMs(int millis) {
            maxBlockMs = millis;
            return this;
        }

        public Builder deliveryTimeoutMs(int millis) {
            deliveryTimeoutMs = millis;
            return this;
        }

        public Builder maxInFlightPerPartition(int batches) {
            maxInFlightPerPartition = batches;
            return this;
        }

        public Builder idempotent(boolean enabled) {
            idempotent = enabled;
            return this;
        }

        public Builder compression(Compression choice) {
            compression = choice;
            return this;
        }

        public ProducerConfig build() {
            return new ProducerConfig(
                    durability,
                    batchBytes,
                    lingerMs,
                    bufferBytes,
                    whenFull,
                    maxBlockMs,
                    deliveryTimeoutMs,
                    maxInFlightPerPartition,
                    idempotent,
                    compression);
        }
    }
}
