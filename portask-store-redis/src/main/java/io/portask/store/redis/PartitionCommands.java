package io.portask.store.redis;

import io.lettuce.core.protocol.CommandType;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.record.TimestampSearch;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import io.portask.store.PartitionInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Everything about single partitions but appending. Any thread. */
final class PartitionCommands {
    private static final int MAX_READ_BYTES = 16 << 20;
    private static final int SCAN_BYTES = 1 << 20;
    private static final int TRIMMED_AT_ONCE = 1_000;

    private final RedisLink link;
    private final Keys keys;
    private final RedisTopics topics;
    private final @Nullable ReplicaReads replicas;

    /** @param replicas where batches are read if they are there; none for the master */
    PartitionCommands(RedisLink link, Keys keys, RedisTopics topics, @Nullable ReplicaReads replicas) {
        this.link = link;
        this.keys = keys;
        this.topics = topics;
        this.replicas = replicas;
    }

    CompletionStage<FetchResult> read(TopicPartition partition, long offset, int maxBytes) {
        return onPartition(
                partition,
                topic -> replicas == null
                        ? read(topic, partition, offset, maxBytes)
                        : replicas.read(topic.incarnation(), partition, keys.of(partition), offset, limit(maxBytes))
                                .exceptionallyCompose(error -> read(topic, partition, offset, maxBytes)));
    }

    private static int limit(int maxBytes) {
        return Math.min(Math.max(0, maxBytes), MAX_READ_BYTES);
    }

    private CompletionStage<FetchResult> read(TopicEntry topic, TopicPartition partition, long offset, int maxBytes) {
        return entries(topic, partition, offset, limit(maxBytes))
                .thenApply(found -> new StoredEntries(partition, offset, limit(maxBytes), found).toResult());
    }

    /** Whole entries from the one that holds an offset on, as they are at the master; none if it is outside of the partition. */
    CompletionStage<PartitionEntries> entries(TopicEntry topic, TopicPartition partition, long offset, int maxBytes) {
        return run(
                        "Reading " + partition + " at offset " + offset,
                        topic,
                        partition,
                        Script.READ,
                        keys.of(partition).forReading(),
                        Keys.bytes(offset),
                        Keys.bytes(maxBytes))
                .thenApply(reply -> PartitionEntries.of(partition, reply, false));
    }

    /** As {@link #entries}, with the facts of each. */
    CompletionStage<PartitionEntries> entriesWithFacts(
            TopicEntry topic, TopicPartition partition, long offset, int maxBytes) {
        return run(
                        "Reading " + partition + " at offset " + offset,
                        topic,
                        partition,
                        Script.READ,
                        keys.of(partition).forReading(),
                        Keys.bytes(offset),
                        Keys.bytes(maxBytes),
                        Keys.bytes(1))
                .thenApply(reply -> PartitionEntries.of(partition, reply, true));
    }

    /** Runs a script of compaction, which begins with the partition's incarnation. */
    CompletionStage<List<Object>> compaction(
            Script script, TopicEntry topic, TopicPartition partition, List<byte[]> args) {
        return run(
                "Compacting " + partition,
                topic,
                partition,
                script,
                keys.of(partition).forSearching(),
                args.toArray(byte[][]::new));
    }

    /** Tells a partition whether its topic is compacted. */
    CompletionStage<List<Object>> switchCompaction(TopicEntry topic, TopicPartition partition) {
        return run(
                "Compacting " + partition,
                topic,
                partition,
                Script.SWITCH_COMPACTION,
                keys.of(partition).forSearching(),
                Keys.bytes(topic.compactionSwitches()));
    }

    /** The id of the last entry that lies in a partition's log, whoever put it there; nothing if there is none. */
    CompletionStage<String> lastEntry(TopicPartition partition) {
        CompletionStage<List<Object>> last = link.call(
                partition.hashCode(),
                CommandType.XREVRANGE,
                keys.of(partition).log(),
                Keys.bytes("+"),
                Keys.bytes("-"),
                Keys.bytes("COUNT"),
                Keys.bytes(1));
        return RedisErrors.naming("Reading the last entry of " + partition, last)
                .thenApply(reply -> reply.isEmpty() ? "" : Keys.text((byte[]) ((List<?>) reply.get(0)).get(0)));
    }

    CompletionStage<PartitionInfo> describe(TopicPartition partition) {
        return onPartition(partition, topic -> describe(topic, partition));
    }

    CompletionStage<PartitionInfo> describe(TopicEntry topic, TopicPartition partition) {
        CompletionStage<List<Object>> facts = link.call(
                partition.hashCode(),
                CommandType.HMGET,
                keys.of(partition).meta(),
                Keys.bytes("incarnation"),
                Keys.bytes("start"),
                Keys.bytes("end"),
                Keys.bytes("bytes"),
                Keys.bytes("dropped"));
        return RedisErrors.naming("Describing " + partition, facts).thenApply(reply -> {
            if (reply.get(0) == null || !Keys.text((byte[]) reply.get(0)).equals(topic.incarnation())) {
                throw gone(partition);
            }
            return new PartitionInfo(
                    partition.partition(),
                    number(partition, reply, 1),
                    number(partition, reply, 2),
                    number(partition, reply, 3) - number(partition, reply, 4));
        });
    }

    private static long number(TopicPartition partition, List<Object> reply, int index) {
        if (reply.get(index) instanceof byte[] text) {
            try {
                return Long.parseLong(Keys.text(text));
            } catch (NumberFormatException e) {
                throw RedisErrors.damaged("What Redis knows of " + partition, Keys.text(text), e);
            }
        }
        throw RedisErrors.damaged("What Redis knows of " + partition, "", null);
    }

    CompletionStage<Long> offsetForTimestamp(TopicPartition partition, long epochMs) {
        return onPartition(partition, topic -> search(topic, partition, epochMs));
    }

    private CompletionStage<Long> search(TopicEntry topic, TopicPartition partition, long epochMs) {
        PartitionKeys of = keys.of(partition);
        return run("Searching " + partition, topic, partition, Script.FIND_TIME, of.forSearching(), Keys.bytes(epochMs))
                .thenCompose(reply -> searchFrom(topic, partition, epochMs, (Long) reply.get(2), (Long) reply.get(1)))
                .exceptionallyCompose(error -> PortaskException.of(error).code() == ErrorCode.OFFSET_OUT_OF_RANGE
                        ? search(topic, partition, epochMs)
                        : CompletableFuture.failedFuture(error));
    }

    /** Fails with {@link ErrorCode#OFFSET_OUT_OF_RANGE} if a trim overtakes it. */
    private CompletionStage<Long> searchFrom(
            TopicEntry topic, TopicPartition partition, long epochMs, long offset, long end) {
        if (offset >= end) {
            return CompletableFuture.completedFuture(end);
        }
        return read(topic, partition, offset, SCAN_BYTES).thenCompose(result -> {
            try (result;
                    TimestampSearch search = new TimestampSearch(epochMs, Math.max(offset, result.startOffset()))) {
                long found = search.find(result.batches().buffer());
                return found != TimestampSearch.NOT_FOUND
                        ? CompletableFuture.completedFuture(found)
                        : searchFrom(topic, partition, epochMs, result.nextOffset(), end);
            }
        });
    }

    CompletionStage<Long> trim(TopicPartition partition, long offset) {
        return onPartition(partition, topic -> trim(topic, partition, offset));
    }

    CompletionStage<Long> trim(TopicEntry topic, TopicPartition partition, long offset) {
        PartitionKeys of = keys.of(partition);
        return run(
                        "Trimming " + partition,
                        topic,
                        partition,
                        Script.TRIM,
                        of.forReading(),
                        Keys.bytes(offset),
                        Keys.bytes(TRIMMED_AT_ONCE))
                .thenCompose(reply -> {
                    long start = (Long) reply.get(0);
                    long end = (Long) reply.get(1);
                    if (offset > end) {
                        throw new PortaskException(
                                ErrorCode.OFFSET_OUT_OF_RANGE,
                                "Offset " + offset + " of " + partition + " is outside " + start + " to " + end);
                    }
                    boolean more = (Long) reply.get(2) == 1;
                    return more ? trim(topic, partition, offset) : CompletableFuture.completedFuture(start);
                });
    }

    /** The start that a partition should have by its topic's retention, after a bounded look. */
    CompletionStage<List<Object>> expire(TopicEntry topic, TopicPartition partition, long nowMs, int entries) {
        PartitionKeys of = keys.of(partition);
        return run(
                "Looking for what expired in " + partition,
                topic,
                partition,
                Script.EXPIRE,
                of.forSearching(),
                Keys.bytes(nowMs),
                Keys.bytes(topic.config().retentionMs()),
                Keys.bytes(topic.config().retentionBytes()),
                Keys.bytes(topic.config().retentionMessages()),
                Keys.bytes(entries));
    }

    CompletionStage<Integer> delete(TopicPartition partition, Iterable<Long> offsets) {
        TreeSet<Long> wanted = new TreeSet<>();
        offsets.forEach(wanted::add);
        return onPartition(
                partition,
                topic -> describe(topic, partition).thenCompose(info -> {
                    List<Long> inRange = new ArrayList<>(wanted.subSet(info.startOffset(), info.endOffset()));
                    return heldAmong(topic, partition, inRange, 0, new ArrayList<>())
                            .thenCompose(held -> hide(topic, partition, held));
                }));
    }

    private CompletionStage<List<byte[]>> heldAmong(
            TopicEntry topic, TopicPartition partition, List<Long> wanted, int from, List<byte[]> held) {
        if (from == wanted.size()) {
            return CompletableFuture.completedFuture(held);
        }
        return read(topic, partition, wanted.get(from), 1)
                .<Integer>handle((result, error) -> {
                    if (error != null) {
                        PortaskException failure = PortaskException.of(error);
                        if (failure.code() != ErrorCode.OFFSET_OUT_OF_RANGE) {
                            throw failure;
                        }
                        return from + 1;
                    }
                    try (result) {
                        return addHeld(result, wanted, from, held);
                    }
                })
                .thenCompose(next -> heldAmong(topic, partition, wanted, next, held));
    }

    /** Notes which of the offsets, from one on, the batches hold; returns the first that lies behind them. */
    private static int addHeld(FetchResult result, List<Long> wanted, int from, List<byte[]> held) {
        int at = from;
        ByteBuffer batches = result.batches().buffer();
        try (RecordReader records = new RecordReader()) {
            records.wrap(new RecordBatch().wrap(batches, batches.position()));
            while (at < wanted.size() && records.next()) {
                while (at < wanted.size() && wanted.get(at) < records.offset()) {
                    at++;
                }
                if (at < wanted.size() && wanted.get(at) == records.offset()) {
                    held.add(Keys.bytes(wanted.get(at++)));
                }
            }
        }
        while (at < wanted.size() && wanted.get(at) < result.nextOffset()) {
            at++;
        }
        return at;
    }

    private CompletionStage<Integer> hide(TopicEntry topic, TopicPartition partition, List<byte[]> held) {
        if (held.isEmpty()) {
            return CompletableFuture.completedFuture(0);
        }
        PartitionKeys of = keys.of(partition);
        return run(
                        "Deleting messages in " + partition,
                        topic,
                        partition,
                        Script.DELETE,
                        of.forDeleting(),
                        held.toArray(byte[][]::new))
                .thenApply(reply -> ((Long) reply.get(0)).intValue());
    }

    <T> CompletionStage<T> onPartition(TopicPartition partition, Function<TopicEntry, CompletionStage<T>> action) {
        return topics.onTopic(partition.topic(), topic -> {
            RedisTopics.check(topic, partition);
            return action.apply(topic);
        });
    }

    private CompletionStage<List<Object>> run(
            String what,
            TopicEntry topic,
            TopicPartition partition,
            Script script,
            byte[][] scriptKeys,
            byte[]... args) {
        List<byte[]> all = new ArrayList<>(args.length + 1);
        all.add(Keys.bytes(topic.incarnation()));
        all.addAll(List.of(args));
        return RedisErrors.naming(what, link.run(partition.hashCode(), script, scriptKeys, all))
                .thenApply(reply -> {
                    if (reply.size() == 1 && Long.valueOf(-1).equals(reply.get(0))) {
                        throw gone(partition);
                    }
                    return reply;
                });
    }

    private PortaskException gone(TopicPartition partition) {
        topics.forget(partition.topic());
        return RedisTopics.unknown(partition.topic());
    }
}
