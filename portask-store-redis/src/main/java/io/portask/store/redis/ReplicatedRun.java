package io.portask.store.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.RedisCommand;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One run of a script whose effects have to reach replicas. {@code WAIT} speaks of what its own connection to one server has
 * done, so that both go there in one piece; when the script was not done there, neither of them counts, and both are sent
 * again.
 */
final class ReplicatedRun {
    private static final int ATTEMPTS = 5;

    private final RedisLink link;
    private final int lane;
    private final Script script;
    private final byte[][] keys;
    private final List<byte[]> args;
    private final int replicas;
    private final int timeoutMs;
    private boolean withSource;
    private int attempts;

    /**
     * What came of it.
     *
     * @param reply the script's
     * @param replicas how many replicas have it
     */
    record Result(List<Object> reply, long replicas) {}

    /** @param timeoutMs how long to wait for the replicas */
    ReplicatedRun(
            RedisLink link, int lane, Script script, byte[][] keys, List<byte[]> args, int replicas, int timeoutMs) {
        this.link = link;
        this.lane = lane;
        this.script = script;
        this.keys = keys;
        this.args = args;
        this.replicas = replicas;
        this.timeoutMs = timeoutMs;
    }

    CompletableFuture<Result> start() {
        return link.waitingMasterOf(lane, keys[0]).thenCompose(server -> on(server, false));
    }

    private CompletableFuture<Result> on(StatefulConnection<byte[], byte[]> server, boolean asking) {
        attempts++;
        List<RedisCommand<byte[], byte[], ?>> commands = new ArrayList<>();
        if (asking) {
            commands.add(RedisLink.command(CommandType.ASKING, RedisLink.args()));
        }
        AsyncCommand<byte[], byte[], List<Object>> run = withSource
                ? RedisLink.command(CommandType.EVAL, RedisLink.scriptArgs(script.source(), keys, args))
                : RedisLink.command(CommandType.EVALSHA, RedisLink.scriptArgs(script.sha1(), keys, args));
        CommandArgs<byte[], byte[]> waitArgs = RedisLink.args().add(replicas).add(timeoutMs);
        AsyncCommand<byte[], byte[], List<Object>> wait = RedisLink.command(CommandType.WAIT, waitArgs);
        commands.add(run);
        commands.add(wait);
        try {
            server.dispatch(commands);
        } catch (RuntimeException e) {
            run.completeExceptionally(e);
        }
        return run.thenCompose(reply -> wait.handle((reached, error) -> result(reply, reached, error)))
                .exceptionallyCompose(error -> failed(server, asking, PortaskException.unwrapped(error)));
    }

    /** The script was done, whatever came of the wait: it ends early when the master is made a replica. */
    private static Result result(List<Object> reply, List<Object> reached, @Nullable Throwable error) {
        if (error != null) {
            throw new PortaskException(
                    ErrorCode.TIMEOUT,
                    "Redis does not say how many replicas have it. It is stored and may be lost in a failover; an"
                            + " idempotent producer may publish again",
                    error);
        }
        return new Result(reply, (Long) reached.get(0));
    }

    private CompletableFuture<Result> failed(
            StatefulConnection<byte[], byte[]> server, boolean asking, Throwable error) {
        if (attempts < ATTEMPTS && error instanceof RedisNoScriptException) {
            withSource = true;
            return on(server, asking);
        }
        Redirection to = Redirection.in(error);
        if (attempts < ATTEMPTS && to != null) {
            if (!to.asking) {
                link.refreshTopology();
            }
            return link.waitingConnection(lane, to.host, to.port).thenCompose(other -> on(other, to.asking));
        }
        return CompletableFuture.failedFuture(error);
    }

    /** Where a node of a cluster says that a key is. */
    private record Redirection(boolean asking, String host, int port) {
        private static final int PARTS = 3;

        /** From {@code MOVED slot host:port} and the like; null if it is something else. */
        static @Nullable Redirection in(Throwable error) {
            String[] parts = String.valueOf(error.getMessage()).split(" ", -1);
            boolean asking = parts[0].equals("ASK");
            if (parts.length != PARTS || !(asking || parts[0].equals("MOVED"))) {
                return null;
            }
            int colon = parts[2].lastIndexOf(':');
            return colon <= 0
                    ? null
                    : new Redirection(
                            asking, parts[2].substring(0, colon), Integer.parseInt(parts[2].substring(colon + 1)));
        }
    }
}
