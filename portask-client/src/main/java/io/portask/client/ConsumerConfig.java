package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.StartPosition;
import io.portask.record.TopicNames;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer reads, and how much of it ahead.
 *
 * @param topic the topic; created if it is missing and the server creates topics by itself
 * @param partitions which of them; all if empty, which is the default
 * @param from where to start; default the committed offset with a {@code consumerName}, else the oldest message kept
 * @param consumerName the name under which offsets are committed; default none
 * @param creditBytes how much of each partition may wait in memory, 1 KiB to 1 GiB; a single larger batch still comes;
 *     default 4 MiB
 * @param maxPollMessages the most messages that one poll returns, 1 or more; default 2,000
 */
public record ConsumerConfig(
        String topic,
        List<Integer> partitions,
        StartPosition from,
        @Nullable String consumerName,
        int creditBytes,
        int maxPollMessages) {
    /**
     * @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed; {@link
     *     ErrorCode#INVALID_TOPIC_NAME}
     */
    public ConsumerConfig {
        partitions = List.copyOf(partitions);
        TopicNames.check(topic);
        for (int partition : partitions) {
            ConfigCheck.range("partitions", partition, 0, Integer.MAX_VALUE);
        }
        if (partitions.stream().distinct().count() < partitions.size()) {
            throw ConfigCheck.invalid("partitions is " + partitions + "; each of them may be there once");
        }
        if (consumerName != null) {
            ConfigCheck.name("consumerName", consumerName);
        } else if (from.kind() == StartPosition.Kind.COMMITTED) {
            throw ConfigCheck.invalid("from is committed, but there is no consumerName that tells whose offset");
        }
        ConfigCheck.range("creditBytes", creditBytes, 1024, 1 << 30);
        ConfigCheck.range("maxPollMessages", maxPollMessages, 1, Integer.MAX_VALUE);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private String topic = "";
        private List<Integer> partitions = List.of();
        private @Nullable StartPosition from;
        private @Nullable String consumerName;
        private int creditBytes = 4 << 20;
        private int maxPollMessages = 2_000;

        private Builder() {}

        public Builder topic(String name) {
            topic = name;
            return this;
        }

        public Builder partitions(Integer... numbers) {
            return partitions(List.of(numbers));
        }

        public Builder partitions(List<Integer> numbers) {
            partitions = numbers;
            return this;
        }

        public Builder from(StartPosition position) {
            from = position;
            return this;
        }

        public Builder consumerName(@Nullable String name) {
            consumerName = name;
            return this;
        }

        public Builder creditBytes(int bytes) {
            creditBytes = bytes;
            return this;
        }

        public Builder maxPollMessages(int messages) {
            maxPollMessages = messages;
            return this;
        }

        public ConsumerConfig build() {
            StartPosition start = from;
            if (start == null) {
                start = consumerName == null ? StartPosition.earliest() : StartPosition.committed();
            }
            return new ConsumerConfig(topic, partitions, start, consumerName, creditBytes, maxPollMessages);
        }
    }
}
