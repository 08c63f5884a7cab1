package io.portask.store.redis;

import io.portask.record.TopicPartition;
import java.nio.charset.StandardCharsets;

/** The names of everything in Redis. {@code docs/REDIS.md} shows them to operators. */
final class Keys {
    private final String prefix;

    Keys(String prefix) {
        this.prefix = prefix;
    }

    PartitionKeys of(TopicPartition partition) {
        String name = partition.topic() + ":" + partition.partition();
        return new PartitionKeys(name, prefix + "{" + name + "}:");
    }

    /** A hash: topic to what is known of it. */
    byte[] topics() {
        return bytes(prefix + "topics");
    }

    /** Counts the topics that were ever made. */
    byte[] incarnations() {
        return bytes(prefix + "incarnations");
    }

    /** A hash for each consumer: partition to the offset that it committed. */
    byte[] offsets(String consumer) {
        return bytes(prefix + "offsets:" + consumer);
    }

    /** A set: the names of the consumers that committed. */
    byte[] consumers() {
        return bytes(prefix + "consumers");
    }

    /** A hash for each lease: token, holder, when it expires. One hash tag for all. */
    byte[] lease(String name) {
        return bytes(prefix + "{leases}:of:" + name);
    }

    /** Counts the tokens of all leases. */
    byte[] lastToken() {
        return bytes(prefix + "{leases}:last-token");
    }

    byte[] format() {
        return bytes(prefix + "format");
    }

    /** The channel on which all nodes hear of new ends. */
    byte[] ends() {
        return bytes(prefix + "ends");
    }

    /** The channel on which all nodes hear of topics that changed. */
    byte[] topicChanges() {
        return bytes(prefix + "topic-changes");
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] bytes(long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
