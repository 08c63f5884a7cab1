package io.portask.protocol;

import io.portask.group.GroupConfig;
import io.portask.group.Subscription;
import io.portask.record.Durability;
import io.portask.record.StartPosition;
import io.portask.record.TopicNames;
import io.portask.record.TopicPartition;
import io.portask.record.TopicPattern;
import io.portask.store.TopicConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Fields that several payloads share, and the numbers that stand for enums. */
final class PayloadFields {
    static final int DEFAULT_DURABILITY = 255;
    static final int MAX_NAME_BYTES = 255;
    /** Above the longest consumer name in UTF-8; the broker has the last word. */
    static final int MAX_CONSUMER_BYTES = 1024;
    /** A string, an i32 and nothing in the string. */
    static final int MIN_PARTITION_BYTES = Short.BYTES + Integer.BYTES;

    private static final int MAX_TOPICS = GroupConfig.DEFAULT.maxPatterns();
    private static final int COMPACTED = 1;
    private static final int MESSAGES_FOLLOW = 2;

    /** Above the longest topic name, so that a name that is only a little too long gets the error that says so. */
    private static final int MAX_TOPIC_BYTES = 1024;

    /** What a topic keeps. */
    static final int CONFIG_BYTES = 3 * Long.BYTES + 1;

    private PayloadFields() {}

    static void writePartition(PayloadWriter out, TopicPartition partition) {
        out.string(partition.topic()).i32(partition.partition());
    }

    static TopicPartition readPartition(PayloadReader in) {
        return new TopicPartition(readTopic(in, "topic", null), in.nonNegative32("partition"));
    }

    /** The partition expected, if it is that one; no new object then. */
    static TopicPartition readPartition(PayloadReader in, @Nullable TopicPartition expected) {
        String expectedTopic = expected == null ? null : expected.topic();
        String topic = readTopic(in, "topic", expectedTopic);
        int partition = in.nonNegative32("partition");
        return expected != null && topic.equals(expectedTopic) && partition == expected.partition()
                ? expected
                : new TopicPartition(topic, partition);
    }

    @SuppressWarnings("ReferenceEquality")
    private static String readTopic(PayloadReader in, String field, @Nullable String expected) {
        String topic = in.string(field, MAX_TOPIC_BYTES, expected);
        return topic == expected ? topic : TopicNames.check(topic);
    }

    static String readTopicOrEmpty(PayloadReader in, String field) {
        String topic = in.string(field, MAX_TOPIC_BYTES);
        return topic.isEmpty() ? topic : TopicNames.check(topic);
    }

    static void writeConfig(PayloadWriter out, TopicConfig config) {
        boolean limited = config.retentionMessages() != TopicConfig.UNLIMITED;
        out.i64(config.retentionMs()).i64(config.retentionBytes()).i64(config.tombstoneRetentionMs());
        out.u8((config.compacted() ? COMPACTED : 0) | (limited ? MESSAGES_FOLLOW : 0));
        if (limited) {
            out.i64(config.retentionMessages());
        }
    }

    static TopicConfig readConfig(PayloadReader in) {
        long retentionMs = in.i64("retention ms");
        long retentionBytes = in.i64("retention bytes");
        long tombstoneRetentionMs = in.i64("tombstone retention ms");
        int flags = in.u8("topic flags");
        if ((flags & ~(COMPACTED | MESSAGES_FOLLOW)) != 0) {
            throw in.invalid("topic flags", "is " + flags + "; allowed are sums of 1 (compacted) and 2 (messages)");
        }
        long messages = (flags & MESSAGES_FOLLOW) == 0 ? TopicConfig.UNLIMITED : in.i64("retention messages");
        return new TopicConfig(retentionMs, retentionBytes, messages, (flags & COMPACTED) != 0, tombstoneRetentionMs);
    }

    static int durabilityCode(@Nullable Durability durability) {
        return durability == null ? DEFAULT_DURABILITY : durability.code();
    }

    static Durability readDurability(PayloadReader in, String field) {
        int code = in.u8(field);
        Durability durability = durability(code);
        if (durability == null) {
            throw in.invalid(field, "is " + code + "; allowed are 0 (NONE), 1 (WRITTEN) and 2 (SYNCED)");
        }
        return durability;
    }

    static @Nullable Durability readOptionalDurability(PayloadReader in, String field) {
        int code = in.u8(field);
        Durability durability = durability(code);
        if (durability == null && code != DEFAULT_DURABILITY) {
            throw in.invalid(
                    field,
                    "is " + code + "; allowed are 0 (NONE), 1 (WRITTEN), 2 (SYNCED) and 255 (the store's default)");
        }
        return durability;
    }

    private static @Nullable Durability durability(int code) {
        return switch (code) {
            case 0 -> Durability.NONE;
            case 1 -> Durability.WRITTEN;
            case 2 -> Durability.SYNCED;
            default -> null;
        };
    }

    static void writePartitions(PayloadWriter out, Collection<TopicPartition> partitions) {
        out.i32(partitions.size());
        partitions.forEach(partition -> writePartition(out, partition));
    }

    static List<TopicPartition> readPartitions(PayloadReader in, String field) {
        int count = in.count(field, MIN_PARTITION_BYTES);
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            partitions.add(readPartition(in));
        }
        return partitions;
    }

    /** What a partition takes in a payload. */
    static int sizeOf(TopicPartition partition) {
        return MIN_PARTITION_BYTES + partition.topic().length();
    }

    static void writeStart(PayloadWriter out, StartPosition start) {
        out.u8(start.kind().code()).i64(start.value());
    }

    static StartPosition readStart(PayloadReader in) {
        int code = in.u8("start kind");
        long value = in.i64("start value");
        return switch (code) {
            case 0 -> StartPosition.earliest();
            case 1 -> StartPosition.latest();
            case 2 -> StartPosition.offset(nonNegative(in, value));
            case 3 -> StartPosition.timestamp(value);
            case 4 -> StartPosition.committed();
            default -> throw in.invalid("start kind", "is " + code + "; allowed are 0 to 4");
        };
    }

    private static long nonNegative(PayloadReader in, long value) {
        if (value < 0) {
            throw in.invalid("start value", "is " + value + "; an offset must not be negative");
        }
        return value;
    }

    static void writeTopics(PayloadWriter out, Subscription topics) {
        out.i32(topics.patterns().size());
        topics.patterns().stream().sorted().forEach(pattern -> out.string(pattern.text()));
    }

    static Subscription readTopics(PayloadReader in) {
        int count = in.count("topics", Short.BYTES);
        if (count > MAX_TOPICS) {
            throw in.invalid("topics", "has " + count + " names and patterns; allowed are " + MAX_TOPICS);
        }
        Set<TopicPattern> patterns = new HashSet<>();
        for (int i = 0; i < count; i++) {
            patterns.add(new TopicPattern(in.string("topic", MAX_CONSUMER_BYTES)));
        }
        return new Subscription(patterns);
    }

    static <T> T readConstant(PayloadReader in, String field, List<T> constants) {
        int place = in.u8(field);
        if (place >= constants.size()) {
            throw in.invalid(field, "is " + place + "; allowed are 0 to " + (constants.size() - 1));
        }
        return constants.get(place);
    }
}
