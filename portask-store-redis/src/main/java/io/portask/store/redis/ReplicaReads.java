package io.portask.store.redis;

import io.lettuce.core.protocol.CommandType;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Reads whose entries come from a replica, which never change once they are there. Where the partition begins and ends, which
 * incarnation it is and which messages are deleted is asked of the master, after the replica has answered: so a replica that lags
 * behind shows nothing that the master would not show. Any thread.
 */
final class ReplicaReads {
    private static final int FIRST_ENTRY = 3;

    private final RedisLink link;

    ReplicaReads(RedisLink link) {
        this.link = link;
    }

    /**
     * Reads as the master would.
     *
     * @return fails if the replica has not what is wanted, or there is none, and in any other case in which only the master knows
     */
    CompletionStage<FetchResult> read(
            String incarnation, TopicPartition partition, PartitionKeys keys, long offset, int maxBytes) {
        int lane = partition.hashCode();
        List<byte[]> args = List.of(Keys.bytes(incarnation), Keys.bytes(offset), Keys.bytes(maxBytes));
        return link.runAtReplica(lane, Script.READ, keys.forReading(), args).thenCompose(entries -> {
            if (entries.size() <= FIRST_ENTRY) {
                throw new IllegalStateException("A replica does not have " + partition + " at offset " + offset);
            }
            long last = (Long) entries.get(entries.size() - 2);
            CompletableFuture<List<Object>> deleted = link.call(
                    lane,
                    CommandType.ZRANGEBYSCORE,
                    keys.deleted(),
                    Keys.bytes(first(entries, offset)),
                    Keys.bytes("(" + last));
            return link.call(
                            lane,
                            CommandType.HMGET,
                            keys.meta(),
                            Keys.bytes("incarnation"),
                            Keys.bytes("start"),
                            Keys.bytes("end"))
                    .thenCombine(deleted, (meta, hidden) -> {
                        long start = number(meta.get(1));
                        long end = number(meta.get(2));
                        if (!incarnation.equals(text(meta.get(0))) || last > end) {
                            throw new IllegalStateException("A replica knows another " + partition);
                        }
                        List<Object> reply = new ArrayList<>(List.of(start, end, hidden));
                        reply.addAll(entries.subList(FIRST_ENTRY, entries.size()));
                        return new StoredEntries(
                                        partition, offset, maxBytes, PartitionEntries.of(partition, reply, false))
                                .toResult();
                    });
        });
    }

    /** The first offset of the first entry. */
    private static long first(List<Object> entries, long offset) {
        EntryBatches batches = new EntryBatches((byte[]) entries.get(FIRST_ENTRY + 1));
        return batches.problem() != null ? offset : (Long) entries.get(FIRST_ENTRY) - batches.offsets();
    }

    private static String text(Object value) {
        return value instanceof byte[] bytes ? Keys.text(bytes) : "";
    }

    private static long number(Object value) {
        return Long.parseLong(text(value));
    }
}
