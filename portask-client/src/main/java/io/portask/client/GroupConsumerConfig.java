package io.portask.client;

import io.portask.consumer.GroupOptions;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.group.Subscription;
import io.portask.record.StartPosition;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Which ordered group a {@link GroupConsumer} joins, and how.
 *
 * @param group the group's name
 * @param topics what to read, names and patterns; topics that are named are created if they are missing and the server creates topics by
 *     itself
 * @param instanceId of a static member: the same over its restarts, and nobody else's; default none, a dynamic member
 * @param sessionTimeoutMs whoever does not poll for so long is fenced; 100 ms to 1 hour, default 30,000
 * @param assignor who decides which member gets what, the same for all members: {@code sticky}, the default, {@code range} or {@code
 *     roundrobin}
 * @param from where the group begins with a partition for which it never committed: {@code earliest}, the default, {@code latest} or a
 *     timestamp
 * @param autoCommit how often what earlier polls returned is committed by itself; default null: never
 * @param creditBytes how much of each partition may wait in memory, 1 KiB to 1 GiB; a single larger batch still comes;
 *     default 4 MiB
 * @param maxPollMessages the most messages that one poll returns, 1 or more; default 2,000
 */
public record GroupConsumerConfig(
        String group,
        Subscription topics,
        @Nullable String instanceId,
        int sessionTimeoutMs,
        String assignor,
        StartPosition from,
        @Nullable Duration autoCommit,
        int creditBytes,
        int maxPollMessages) {
    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public GroupConsumerConfig {
        ConfigCheck.name("group", group);
        if (topics.patterns().isEmpty()) {
            throw ConfigCheck.invalid("topics is empty; a member subscribes to at least one");
        }
        if (instanceId != null) {
            ConfigCheck.name("instanceId", instanceId);
        }
        ConfigCheck.range(
                "sessionTimeoutMs",
                sessionTimeoutMs,
                GroupOptions.MIN_SESSION_TIMEOUT.toMillis(),
                GroupOptions.MAX_SESSION_TIMEOUT.toMillis());
        if (from.kind() == StartPosition.Kind.OFFSET || from.kind() == StartPosition.Kind.COMMITTED) {
            throw ConfigCheck.invalid("from is " + from.kind() + "; a group begins at earliest, latest or a timestamp");
        }
        if (autoCommit != null && autoCommit.isNegative()) {
            throw ConfigCheck.invalid("autoCommit is " + autoCommit + "; allowed is 0 or more");
        }
        ConfigCheck.range("creditBytes", creditBytes, 1024, 1 << 30);
        ConfigCheck.range("maxPollMessages", maxPollMessages, 1, Integer.MAX_VALUE);
    }

    /** @param topics names and patterns, such as {@code orders.*} and {@code logs.>} */
    public static Builder of(String group, String... topics) {
        return new Builder(group, Subscription.of(topics));
    }

    /** How each partition is read. */
    ConsumerConfig reading(String topic, long offset) {
        return ConsumerConfig.builder()
                .topic(topic)
                .from(StartPosition.offset(offset))
                .creditBytes(creditBytes)
                .maxPollMessages(maxPollMessages)
                .build();
    }

    /** Collects settings; {@link #build()} checks them. */
    public static final class Builder {
        private final String group;
        private final Subscription topics;
        private @Nullable String instanceId;
        private int sessionTimeoutMs = 30_000;
        private String assignor = "sticky";
        private StartPosition from = StartPosition.earliest();
        private @Nullable Duration autoCommit;
        private int creditBytes = 4 << 20;
        private int maxPollMessages = 2_000;

        private Builder(String group, Subscription topics) {
            this.group = group;
            this.topics = topics;
        }

        public Builder instanceId(@Nullable String id) {
            instanceId = id;
            return this;
        }

        public Builder sessionTimeoutMs(int millis) {
            sessionTimeoutMs = millis;
            return this;
        }

        public Builder assignor(String name) {
            assignor = name;
            return this;
        }

        public Builder from(StartPosition position) {
            from = position;
            return this;
        }

        public Builder autoCommit(@Nullable Duration interval) {
            autoCommit = interval;
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

        public GroupConsumerConfig build() {
            return new GroupConsumerConfig(
                    group,
                    topics,
                    instanceId,
                    sessionTimeoutMs,
                    assignor,
                    from,
                    autoCommit,
                    creditBytes,
                    maxPollMessages);
        }
    }
}
