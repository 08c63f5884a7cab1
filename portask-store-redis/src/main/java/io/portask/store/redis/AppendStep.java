package io.portask.store.redis;

import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some appends to one partition that go to Redis together, as one script that is given all, or, where the batches are large, as a
 * transaction that adds the entries by plain commands: Redis's Lua looks at each byte that is given to a script. For that it has to be
 * foreseen what Redis knows of the partition. One thread.
 */
final class AppendStep {
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_APPENDS = 1_000;

    /** From here on a transaction costs less than what it saves. */
    private static final int LARGE_STEP_BYTES = 32 << 10;

    private static final int LARGE_BATCH_BYTES = 8 << 10;

    private static final byte[] BATCH_FIELD = Keys.bytes("b");
    private static final byte[] FACTS_FIELD = Keys.bytes("i");
    private static final byte[] GIVEN = {};

    final List<PendingAppend> appends = new ArrayList<>();
    private int bytes;
    private int batches;

    /** What Redis knew of a partition after a step. */
    record Tail(long end, long bytes, long newestTimestamp) {}

    boolean takes(PendingAppend append) {
        return appends.isEmpty() || (bytes + append.bytes <= MAX_BYTES && appends.size() < MAX_APPENDS);
    }

    void add(PendingAppend append) {
        appends.add(append);
        bytes += append.bytes;
        batches += append.batches.size();
    }

    boolean isLarge() {
        return bytes >= LARGE_STEP_BYTES && bytes / batches >= LARGE_BATCH_BYTES;
    }

    /** Of {@code append.lua}. */
    List<byte[]> args(AppendContext context, String incarnation, PartitionKeys keys, long nowMs) {
        return args(context, incarnation, keys, nowMs, null);
    }

    private List<byte[]> args(
            AppendContext context, String incarnation, PartitionKeys keys, long nowMs, @Nullable Tail before) {
        List<byte[]> args = new ArrayList<>();
        args.add(Keys.bytes(incarnation));
        args.add(Keys.bytes(nowMs));
        args.add(Keys.bytes(context.config().maxProducers()));
        args.add(context.keys().ends());
        args.add(Keys.bytes(keys.name()));
        args.add(Keys.bytes(appends.size()));
        args.add(before == null ? GIVEN : Keys.bytes(before.end));
        for (PendingAppend append : appends) {
            args.addAll(append.producer);
            args.add(Keys.bytes(append.batches.size()));
            for (PendingAppend.Batch batch : append.batches) {
                args.add(Keys.bytes(batch.offsets));
                args.add(Keys.bytes(batch.newestTimestamp));
                args.add(before == null ? batch.bytes : Keys.bytes(batch.bytes.length));
            }
        }
        return args;
    }

    Transaction transaction(AppendContext context, String incarnation, PartitionKeys keys, long nowMs, Tail before) {
        Transaction transaction = new Transaction();
        transaction.add(
                CommandType.EVAL,
                RedisLink.scriptArgs(Script.ADMIT.source(), keys.forAppending(), admission(incarnation, before)));
        long end = before.end;
        long size = before.bytes;
        long newest = before.newestTimestamp;
        for (PendingAppend append : appends) {
            for (PendingAppend.Batch batch : append.batches) {
                end += batch.offsets;
                newest = Math.max(newest, batch.newestTimestamp);
                String facts = size + " " + batch.newestTimestamp + " " + newest + " " + nowMs;
                CommandArgs<byte[], byte[]> entry = RedisLink.args().addKey(keys.log());
                entry.add(end + "-0").add(BATCH_FIELD).add(batch.bytes).add(FACTS_FIELD);
                transaction.add(CommandType.XADD, entry.add(facts));
                size += batch.bytes.length;
            }
        }
        transaction.add(
                CommandType.EVAL,
                RedisLink.scriptArgs(
                        Script.APPEND.source(), keys.forAppending(), args(context, incarnation, keys, nowMs, before)));
        return transaction;
    }

    private List<byte[]> admission(String incarnation, Tail before) {
        List<byte[]> args = new ArrayList<>();
        args.add(Keys.bytes(incarnation));
        args.add(Keys.bytes(before.end));
        args.add(Keys.bytes(before.bytes));
        args.add(Keys.bytes(before.newestTimestamp));
        args.add(Keys.bytes(batches));
        args.add(Keys.bytes(appends.size()));
        appends.forEach(append -> args.addAll(append.producer));
        return args;
    }
}
