package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordReader;
import io.portask.store.TopicSpec;

/**
 * How a broker behaves, whatever its store.
 *
 * @param autoCreateTopics whether publishing to, or subscribing to, an unknown topic creates it; default true
 * @param defaultPartitions partitions of a topic created without a number, 1 to {@link TopicSpec#MAX_PARTITIONS}; default 1
 * @param maxBatchBytes the largest record batch accepted, 1 KiB to 1 GiB; default 4 MiB
 * @param maxTopics topics beyond this number are refused, those in the store before included, 1 or more; default 100,000
 */
public record BrokerConfig(boolean autoCreateTopics, int defaultPartitions, int maxBatchBytes, int maxTopics) {
    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public BrokerConfig {
        check("defaultPartitions", defaultPartitions, 1, TopicSpec.MAX_PARTITIONS);
        check("maxBatchBytes", maxBatchBytes, 1024, RecordReader.MAX_UNCOMPRESSED_BYTES);
        check("maxTopics", maxTopics, 1, Integer.MAX_VALUE);
    }

    public static BrokerConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    private static void check(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, key + " is " + value + "; allowed is " + min + " to " + max);
        }
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private boolean autoCreateTopics = true;
        private int defaultPartitions = 1;
        private int maxBatchBytes = 4 << 20;
        private int maxTopics = 100_000;

        private Builder() {}

        public Builder autoCreateTopics(boolean enabled) {
            autoCreateTopics = enabled;
            return this;
        }

        public Builder defaultPartitions(int partitions) {
            defaultPartitions = partitions;
            return this;
        }

        public Builder maxBatchBytes(int bytes) {
            maxBatchBytes = bytes;
            return this;
        }

        public Builder maxTopics(int topics) {
            maxTopics = topics;
            return this;
        }

        public BrokerConfig build() {
            return new BrokerConfig(autoCreateTopics, defaultPartitions, maxBatchBytes, maxTopics);
        }
    }
}
