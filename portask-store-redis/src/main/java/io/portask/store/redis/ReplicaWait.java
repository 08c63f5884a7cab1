package io.portask.store.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.RedisCommand;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Sends scripts whose effects have to reach replicas, each with a {@code WAIT} right behind it.
 *
 * @param timeoutMs how long to wait for the replicas
 */
record ReplicaWait(int replicas, int timeoutMs)
        implements ServerRun.Sending<StatefulConnection<byte[], byte[]>, ReplicaWait.Result> {
    /**
     * What came of it.
     *
     * @param reply the script's
     * @param replicas how many replicas have it
     */
    record Result(List<Object> reply, long replicas) {}

    @Override
    public CompletableFuture<Result> send(
            StatefulConnection<byte[], byte[]> server,
            List<RedisCommand<byte[], byte[], ?>> commands,
            AsyncCommand<byte[], byte[], List<Object>> script) {
        AsyncCommand<byte[], byte[], List<Object>> wait = RedisLink.command(
                CommandType.WAIT, RedisLink.args().add(replicas).add(timeoutMs));
        List<RedisCommand<byte[], byte[], ?>> all = new ArrayList<>(commands);
        all.add(wait);
        RedisLink.dispatch(server, all, script);
        return script.thenCompose(reply -> wait.handle((reached, error) -> result(reply, reached, error)))
                .toCompletableFuture();
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
}
