package io.portask.store.redis;

import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.Deque;
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

    private static final int LARGE_STEP_BYTES = 32 << 10;

    private static final int LARGE_BATCH_BYTES = 8 << 10;

    private static final byte[] BATCH_FIELD = Keys.bytes("b");
    private static final byte[] FACTS_FIELD = Keys.bytes("i");
    private static final byte[] NONE = {};

    final List<PendingAppend> appends;
    final List<AppendGroup> groups;

    /** Whether a transaction costs less than what it saves. */
    final boolean large;

    /** What Redis knew of a partition after a step. */
    record Tail(long end, long bytes, long newestTimestamp) {}

    private AppendStep(List<PendingAppend> appends, boolean large) {
        this.appends = appends;
        this.groups = AppendGroup.of(appends);
        this.large = large;
    }

    /** Whether they wait until they are synced. */
    boolean synced() {
        return appends.get(0).synced;
    }

    /** Takes those that go next, at least one of them, from what waits. */
    static AppendStep next(Deque<PendingAppend> waiting) {
        boolean synced = waiting.element().synced;
        List<PendingAppend> taken = new ArrayList<>();
        int bytes = 0;
        int batches = 0;
        do {
            PendingAppend append = waiting.remove();
            taken.add(append);
            bytes += append.bytes;
            batches += append.batches.size();
        } while (!waiting.isEmpty()
                && waiting.element().synced == synced
                && taken.size() < MAX_APPENDS
                && bytes + waiting.element().bytes <= MAX_BYTES);
        return new AppendStep(taken, bytes >= LARGE_STEP_BYTES && bytes / batches >= LARGE_BATCH_BYTES);
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
        args.add(Keys.bytes(groups.size()));
        args.add(before == null ? NONE : Keys.bytes(before.end));
        args.add(keyed());
        args.add(context.health().facts().sharded() ? keys.ends() : NONE);
        for (AppendGroup group : groups) {
            args.addAll(group.producer());
            args.add(Keys.bytes(group.entries.size()));
            for (AppendGroup.Entry entry : group.entries) {
                args.add(Keys.bytes(entry.offsets()));
                args.add(Keys.bytes(entry.newestTimestamp()));
                args.add(before == null ? entry.bytes() : Keys.bytes(entry.size()));
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
        for (AppendGroup group : groups) {
            for (AppendGroup.Entry entry : group.entries) {
                end += entry.offsets();
                newest = Math.max(newest, entry.newestTimestamp());
                String facts = size + " " + entry.newestTimestamp() + " " + newest + " " + nowMs;
                CommandArgs<byte[], byte[]> added = RedisLink.args().addKey(keys.log());
                added.add(end + "-0").add(BATCH_FIELD).add(entry.bytes()).add(FACTS_FIELD);
                transaction.add(CommandType.XADD, added.add(facts));
                size += entry.size();
            }
        }
        transaction.add(
                CommandType.EVAL,
                RedisLink.scriptArgs(
                        Script.APPEND.source(), keys.forAppending(), args(context, incarnation, keys, nowMs, before)));
        return transaction;
    }

    /** Whether all records are known to have keys. */
    private byte[] keyed() {
        return Keys.bytes(appends.stream().allMatch(PendingAppend::isKeyed) ? 1 : 0);
    }

    private List<byte[]> admission(String incarnation, Tail before) {
        List<byte[]> args = new ArrayList<>();
        args.add(Keys.bytes(incarnation));
        args.add(Keys.bytes(before.end));
        args.add(Keys.bytes(before.bytes));
        args.add(Keys.bytes(before.newestTimestamp));
        args.add(Keys.bytes(
                groups.stream().mapToInt(group -> group.entries.size()).sum()));
        args.add(Keys.bytes(groups.size()));
        args.add(keyed());
        groups.forEach(group -> args.addAll(group.producer()));
        return args;
    }
}
