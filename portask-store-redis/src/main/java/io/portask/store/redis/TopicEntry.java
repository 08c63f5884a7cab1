package io.portask.store.redis;

import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What Redis knows of a topic, as text: state, incarnation, partitions, retention in ms, retention in bytes, tombstone
 * retention in ms; and if they say anything, retention in messages (-1: any number) and how often compaction was switched;
 * separated by spaces.
 *
 * @param incarnation tells a topic from an earlier one of the same name: a number that grows
 * @param compactionSwitches how often compaction was switched: odd if it is on. By this number a partition knows which of two is
 *     later
 */
record TopicEntry(State state, String incarnation, int partitions, TopicConfig config, int compactionSwitches) {
    private static final int PARTS = 6;
    private static final int PARTS_WITH_MESSAGES = 7;
    private static final int PARTS_WITH_COMPACTION = 8;

    enum State {
        /** Its partitions are being made; whoever meets it may finish that. */
        CREATING,
        READY,
        /** Its partitions are being removed; whoever wants the name finishes that. */
        DELETING
    }

    static TopicEntry creating(TopicSpec spec, String incarnation) {
        return new TopicEntry(
                State.CREATING,
                incarnation,
                spec.partitions(),
                spec.config(),
                spec.config().compacted() ? 1 : 0);
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
        return new TopicEntry(next, incarnation, partitions, config, compactionSwitches);
    }

    TopicEntry with(TopicConfig changed) {
        int switches = compactionSwitches + (changed.compacted() == config.compacted() ? 0 : 1);
        return new TopicEntry(state, incarnation, partitions, changed, switches);
    }

    String encode() {
        return state.name().toLowerCase(Locale.ROOT) + " " + incarnation + " " + partitions + " " + config.retentionMs()
                + " " + config.retentionBytes() + " " + config.tombstoneRetentionMs()
                + (config.retentionMessages() == TopicConfig.UNLIMITED && compactionSwitches == 0
                        ? ""
                        : " " + config.retentionMessages())
                + (compactionSwitches == 0 ? "" : " " + compactionSwitches);
    }

    static TopicEntry decode(String topic, String text) {
        String[] parts = text.split(" ", -1);
        if (parts.length >= PARTS && parts.length <= PARTS_WITH_COMPACTION) {
            try {
                TopicConfig config = TopicConfig.DEFAULT
                        .withRetentionMs(Long.parseLong(parts[3]))
                        .withRetentionBytes(Long.parseLong(parts[4]))
                        .withTombstoneRetentionMs(Long.parseLong(parts[5]));
                if (parts.length >= PARTS_WITH_MESSAGES) {
                    config = config.withRetentionMessages(Long.parseLong(parts[6]));
                }
                int switches = parts.length == PARTS_WITH_COMPACTION ? Integer.parseInt(parts[7]) : 0;
                config = config.withCompacted(switches % 2 == 1);
                State state = State.valueOf(parts[0].toUpperCase(Locale.ROOT));
                int partitions = Integer.parseInt(parts[2]);
                new TopicSpec(topic, partitions);
                return new TopicEntry(state, parts[1], partitions, config, switches);
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
