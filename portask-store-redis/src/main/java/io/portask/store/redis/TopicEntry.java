package io.portask.store.redis;

import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What Redis knows of a topic, as text: state, incarnation, partitions, retention in ms, retention in bytes, tombstone
 * retention in ms, and retention in messages if there is one, separated by spaces.
 *
 * @param incarnation tells a topic from an earlier one of the same name: a number that grows
 */
record TopicEntry(State state, String incarnation, int partitions, TopicConfig config) {
    private static final int PARTS = 6;
    private static final int PARTS_WITH_MESSAGES = 7;

    enum State {
        /** Its partitions are being made; whoever meets it may finish that. */
        CREATING,
        READY,
        /** Its partitions are being removed; whoever wants the name finishes that. */
        DELETING
    }

    static TopicEntry creating(TopicSpec spec, String incarnation) {
        return new TopicEntry(State.CREATING, incarnation, spec.partitions(), spec.config());
    }

    boolean has(TopicPartition partition) {
        return partition.partition() >= 0 && partition.partition() < partitions;
    }

    /** Whether the other one was made later, by the numbers of their incarnations. */
    boolean isBefore(TopicEntry other) {
        return incarnation.length() != other.incarnation.length()
                ? incarnation.length() < other.incarnation.length()
                : incarnation.compareTo(other.incarnation) < 0;
    }

    TopicEntry with(State next) {
        return new TopicEntry(next, incarnation, partitions, config);
    }

    TopicEntry with(TopicConfig changed) {
        return new TopicEntry(state, incarnation, partitions, changed);
    }

    String encode() {
        return state.name().toLowerCase(Locale.ROOT) + " " + incarnation + " " + partitions + " " + config.retentionMs()
                + " " + config.retentionBytes() + " " + config.tombstoneRetentionMs()
                + (config.retentionMessages() == TopicConfig.UNLIMITED ? "" : " " + config.retentionMessages());
    }

    static TopicEntry decode(String topic, String text) {
        String[] parts = text.split(" ", -1);
        if (parts.length == PARTS || parts.length == PARTS_WITH_MESSAGES) {
            try {
                TopicConfig config = TopicConfig.DEFAULT
                        .withRetentionMs(Long.parseLong(parts[3]))
                        .withRetentionBytes(Long.parseLong(parts[4]))
                        .withTombstoneRetentionMs(Long.parseLong(parts[5]));
                if (parts.length == PARTS_WITH_MESSAGES) {
                    config = config.withRetentionMessages(Long.parseLong(parts[6]));
                }
                State state = State.valueOf(parts[0].toUpperCase(Locale.ROOT));
                int partitions = Integer.parseInt(parts[2]);
                new TopicSpec(topic, partitions);
                return new TopicEntry(state, parts[1], partitions, config);
            } catch (IllegalArgumentException | PortaskException e) {
                throw damaged(topic, text, e);
            }
        }
        throw damaged(topic, text, null);
    }

    private static PortaskException damaged(String topic, String text, @Nullable Throwable cause) {
        return RedisErrors.damaged("The entry of topic '" + topic + "' in the store's hash topics", text, cause);
    }
}
