package io.portask.store.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolKeyword;
import io.lettuce.core.protocol.RedisCommand;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Sends scripts, and tells when what they have done is synced to the server's append-only file (and to those of replicas).
 * {@code WAITAOF} speaks of all that its connection has written, and keeps whatever comes behind it waiting for up to a second. So two
 * connections to each server take turns: while one waits for all that was sent on it before, the other takes what comes.
 *
 * <p>A connection that breaks and comes back has written nothing, and {@code WAITAOF} would find no fault. So each turn begins with a
 * name that the connection gets from here, and it must still have it when it waits.
 *
 * <p>Any thread; one alone sends, because the client keeps no order between threads.
 */
final class SyncWait implements ServerRun.Sending<SyncWait.Pair, SyncWait.Result> {
    /** Of Redis 7.2. */
    static final ProtocolKeyword WAITAOF = new Keyword("WAITAOF");

    private static final String NO_FILE = "ERR WAITAOF cannot be used";
    private static final int MASTER = 1;

    private final Executor sender;
    private final int replicas;
    private final int timeoutMs;

    /** Of servers that have something to do. The sender's. */
    private final Map<Pair, Turns> turns = new HashMap<>();

    private long names;

    /** Two connections to one server, used for nothing else. */
    record Pair(StatefulConnection<byte[], byte[]> one, StatefulConnection<byte[], byte[]> other) {}

    /**
     * What came of it.
     *
     * @param reply the script's
     * @param synced done when it is synced
     */
    record Result(List<Object> reply, CompletableFuture<@Nullable Void> synced) {}

    /**
     * @param sender one thread, which sends nothing else on these connections, and none of the client's
     * @param replicas how many replicas must have synced it too
     * @param timeoutMs how long to wait
     */
    SyncWait(Executor sender, int replicas, int timeoutMs) {
        this.sender = sender;
        this.replicas = replicas;
        this.timeoutMs = timeoutMs;
    }

    @Override
    public CompletableFuture<Result> send(
            Pair server,
            List<RedisCommand<byte[], byte[], ?>> commands,
            AsyncCommand<byte[], byte[], List<Object>> script) {
        CompletableFuture<@Nullable Void> synced = new CompletableFuture<>();
        sender.execute(() -> turns.computeIfAbsent(server, Turns::new).send(commands, script, synced));
        return script.thenApply(reply -> new Result(reply, synced)).toCompletableFuture();
    }

    /** Which connection to a server takes what comes, and whether the other waits. */
    private final class Turns {
        private final Pair pair;
        private StatefulConnection<byte[], byte[]> open;
        private boolean waiting;

        /** What was sent on the open connection. */
        private List<CompletableFuture<@Nullable Void>> sent = new ArrayList<>();

        private String name = "";

        Turns(Pair pair) {
            this.pair = pair;
            this.open = pair.one();
        }

        void send(
                List<RedisCommand<byte[], byte[], ?>> commands,
                AsyncCommand<byte[], byte[], List<Object>> script,
                CompletableFuture<@Nullable Void> synced) {
            List<RedisCommand<byte[], byte[], ?>> all = new ArrayList<>();
            if (sent.isEmpty()) {
                name = "portask-synced-" + names++;
                all.add(RedisLink.command(
                        CommandType.CLIENT, RedisLink.args().add("SETNAME").add(name)));
            }
            all.addAll(commands);
            sent.add(synced);
            RedisLink.dispatch(open, all, script);
            proceed();
        }

        private void proceed() {
            if (!waiting && sent.isEmpty()) {
                turns.remove(pair);
            } else if (!waiting) {
                waiting = true;
                List<CompletableFuture<@Nullable Void>> covered = sent;
                String expected = name;
                AsyncCommand<byte[], byte[], List<Object>> named =
                        RedisLink.command(CommandType.CLIENT, RedisLink.args().add("GETNAME"));
                AsyncCommand<byte[], byte[], List<Object>> wait = RedisLink.command(
                        WAITAOF, RedisLink.args().add(MASTER).add(replicas).add(timeoutMs));
                RedisLink.dispatch(open, List.of(named, wait), wait);
                open = open == pair.one() ? pair.other() : pair.one();
                sent = new ArrayList<>();
                var unused = wait.thenCompose(reached -> named.thenApply(found -> verdict(expected, found, reached)))
                        .handleAsync(
                                (verdict, error) -> done(covered, error == null ? verdict : failure(error)), sender);
            }
        }

        private boolean done(List<CompletableFuture<@Nullable Void>> covered, @Nullable PortaskException failure) {
            waiting = false;
            proceed();
            for (CompletableFuture<@Nullable Void> each : covered) {
                if (failure == null) {
                    each.complete(null);
                } else {
                    each.completeExceptionally(failure);
                }
            }
            return failure == null;
        }
    }

    /** Why it is not known to be synced; nothing if it is. */
    private @Nullable PortaskException verdict(String expected, List<Object> name, List<Object> reached) {
        if (name.isEmpty()
                || !(name.get(0) instanceof byte[] found)
                || !Keys.text(found).equals(expected)) {
            return stored("The connection to Redis broke before it was synced", null);
        }
        if ((Long) reached.get(0) < MASTER) {
            return stored("Redis has not synced it in " + timeoutMs + " ms", null);
        }
        return (Long) reached.get(1) < replicas
                ? stored(
                        reached.get(1) + " of minReplicas=" + replicas + " replicas have synced it in " + timeoutMs
                                + " ms",
                        null)
                : null;
    }

    private static PortaskException failure(Throwable error) {
        Throwable cause = PortaskException.unwrapped(error);
        if (cause instanceof RedisCommandExecutionException && RedisErrors.isAboutRights(cause.getMessage())) {
            return RedisErrors.named("Waiting until Redis has synced what is stored", cause);
        }
        return String.valueOf(cause.getMessage()).startsWith(NO_FILE)
                ? new PortaskException(
                        ErrorCode.DURABILITY_UNAVAILABLE,
                        "Redis keeps no append-only file any more. It is stored all the same",
                        cause)
                : stored("Redis does not say whether it has synced it", cause);
    }

    private static PortaskException stored(String what, @Nullable Throwable cause) {
        return new PortaskException(
                ErrorCode.TIMEOUT,
                what + ". It is stored, and may be lost in a crash of Redis; an idempotent producer may publish again",
                cause);
    }
}
