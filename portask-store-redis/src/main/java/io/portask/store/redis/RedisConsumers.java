package io.portask.store.redis;

import io.lettuce.core.protocol.CommandType;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.Leases;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where consumers go on, and who they are. The name goes into the index and the offsets into the consumer's own hash at the same
 * time, by two commands, since they lie in different slots of a cluster: a failure between them leaves a name without offsets or
 * offsets that the next commit names. Any thread.
 */
final class RedisConsumers {
    /** Where a consumer's hash has the token of its last commit by the holder of a lease. */
    private static final String TOKEN = "token";

    private final RedisLink link;
    private final Keys keys;
    private final RedisTopics topics;

    RedisConsumers(RedisLink link, Keys keys, RedisTopics topics) {
        this.link = link;
        this.keys = keys;
        this.topics = topics;
    }

    CompletionStage<@Nullable Void> commit(String consumer, Map<TopicPartition, Long> offsets) {
        return fields(offsets)
                .thenCompose(fields -> fields.isEmpty()
                        ? CompletableFuture.completedFuture(null)
                        : write(
                                        consumer,
                                        true,
                                        link.call(
                                                consumer.hashCode(),
                                                CommandType.HSET,
                                                keys.offsets(consumer),
                                                fields.toArray(byte[][]::new)))
                                .thenAccept(done -> {}));
    }

    /** As {@link #commit}, unless it was done with a greater token before. */
    CompletionStage<@Nullable Void> commit(String consumer, Map<TopicPartition, Long> offsets, long token) {
        return fields(offsets).thenCompose(fields -> {
            List<byte[]> args = new ArrayList<>();
            args.add(Keys.bytes(token));
            args.addAll(fields);
            byte[][] key = {keys.offsets(consumer)};
            return write(consumer, !fields.isEmpty(), link.run(consumer.hashCode(), Script.COMMIT_FENCED, key, args))
                    .thenAccept(reply -> {
                        long known = (Long) reply.get(0);
                        if (known != token) {
                            throw Leases.stale(consumer, token, known);
                        }
                    });
        });
    }

    /** Each partition's field in the consumer's hash, and its value behind it. */
    private CompletionStage<List<byte[]>> fields(Map<TopicPartition, Long> offsets) {
        return topics.lookAll(offsets.keySet()).thenApply(known -> {
            List<byte[]> fields = new ArrayList<>();
            offsets.forEach((partition, offset) -> {
                if (offset < 0) {
                    throw new PortaskException(
                            ErrorCode.INVALID_REQUEST,
                            "An offset to commit is 0 or more, not " + offset + " as for " + partition);
                }
                fields.add(Keys.bytes(partition.topic() + ":" + partition.partition()));
                fields.add(Keys.bytes(incarnation(known, partition) + " " + offset));
            });
            return fields;
        });
    }

    /** @param named whether its name goes into the index too */
    private CompletionStage<List<Object>> write(
            String consumer, boolean named, CompletableFuture<List<Object>> written) {
        CompletableFuture<List<Object>> all = !named
                ? written
                : written.thenCombine(
                        link.call(consumer.hashCode(), CommandType.SADD, keys.consumers(), Keys.bytes(consumer)),
                        (reply, too) -> reply);
        return RedisErrors.naming("Committing offsets of '" + consumer + "'", all);
    }

    private static String incarnation(Map<String, TopicEntry> topics, TopicPartition partition) {
        TopicEntry topic = topics.get(partition.topic());
        return topic == null ? "" : topic.incarnation();
    }

    CompletionStage<Map<TopicPartition, Long>> committed(String consumer) {
        return RedisErrors.naming(
                        "Asking for the offsets of '" + consumer + "'",
                        link.call(consumer.hashCode(), CommandType.HGETALL, keys.offsets(consumer)))
                .thenCombine(topics.all(), (reply, known) -> committed(consumer, reply, known));
    }

    /** Commits for earlier topics of the same name do not count. */
    private static Map<TopicPartition, Long> committed(
            String consumer, List<Object> reply, Map<String, TopicEntry> topics) {
        Map<TopicPartition, Long> found = new HashMap<>();
        for (int i = 0; i + 1 < reply.size(); i += 2) {
            String name = Keys.text((byte[]) reply.get(i));
            if (name.equals(TOKEN)) {
                continue;
            }
            String value = Keys.text((byte[]) reply.get(i + 1));
            try {
                int colon = name.lastIndexOf(':');
                int space = value.indexOf(' ');
                TopicPartition partition =
                        new TopicPartition(name.substring(0, colon), Integer.parseInt(name.substring(colon + 1)));
                if (value.substring(0, space).equals(incarnation(topics, partition))) {
                    found.put(partition, Long.parseLong(value.substring(space + 1)));
                }
            } catch (IndexOutOfBoundsException | NumberFormatException e) {
                throw RedisErrors.damaged("The offset that '" + consumer + "' committed for " + name, value, e);
            }
        }
        return found;
    }

    CompletionStage<Set<String>> names() {
        return RedisErrors.naming("Listing consumers", link.call(0, CommandType.SMEMBERS, keys.consumers()))
                .thenApply(reply -> {
                    Set<String> names = new HashSet<>();
                    reply.forEach(name -> names.add(Keys.text((byte[]) name)));
                    return names;
                });
    }

    /** The name goes last, so that a failure leaves one that can be forgotten again. */
    CompletionStage<@Nullable Void> forget(String consumer) {
        int lane = consumer.hashCode();
        return RedisErrors.naming(
                        "Forgetting '" + consumer + "'",
                        link.call(lane, CommandType.DEL, keys.offsets(consumer))
                                .thenCompose(done ->
                                        link.call(lane, CommandType.SREM, keys.consumers(), Keys.bytes(consumer))))
                .thenAccept(done -> {});
    }
}
