package io.portask.store.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.RedisCommand;
import io.portask.error.PortaskException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One run of a script together with a question about its effects. As the answer speaks of what its own connection to one server has
 * done, the client must not send the script elsewhere by itself: where it was not done it is sent again from here.
 *
 * @param <S> how one server is reached
 * @param <R> what comes of it
 */
final class ServerRun<S, R> {
    private static final int ATTEMPTS = 5;

    private final RedisLink link;
    private final Servers<S> servers;
    private final Sending<S, R> sending;
    private final Script script;
    private final byte[][] keys;
    private final List<byte[]> args;
    private boolean withSource;
    private int attempts;

    /** Where scripts may go. */
    interface Servers<S> {
        /** The server that should hold a key. */
        CompletableFuture<S> ofKey(byte[] key);

        /** A server of a cluster. */
        CompletableFuture<S> at(String host, int port);
    }

    /** Sends commands in one piece, the last of them the script; fails as the script does. */
    interface Sending<S, R> {
        CompletableFuture<R> send(
                S server,
                List<RedisCommand<byte[], byte[], ?>> commands,
                AsyncCommand<byte[], byte[], List<Object>> script);
    }

    ServerRun(
            RedisLink link,
            Servers<S> servers,
            Sending<S, R> sending,
            Script script,
            byte[][] keys,
            List<byte[]> args) {
        this.link = link;
        this.servers = servers;
        this.sending = sending;
        this.script = script;
        this.keys = keys;
        this.args = args;
    }

    CompletableFuture<R> start() {
        return servers.ofKey(keys[0]).thenCompose(server -> on(server, false));
    }

    private CompletableFuture<R> on(S server, boolean asking) {
        attempts++;
        List<RedisCommand<byte[], byte[], ?>> commands = new ArrayList<>();
        if (asking) {
            commands.add(RedisLink.command(CommandType.ASKING, RedisLink.args()));
        }
        AsyncCommand<byte[], byte[], List<Object>> run = withSource
                ? RedisLink.command(CommandType.EVAL, RedisLink.scriptArgs(script.source(), keys, args))
                : RedisLink.command(CommandType.EVALSHA, RedisLink.scriptArgs(script.sha1(), keys, args));
        commands.add(run);
        return sending.send(server, commands, run)
                .exceptionallyCompose(error -> failed(server, asking, PortaskException.unwrapped(error)));
    }

    private CompletableFuture<R> failed(S server, boolean asking, Throwable error) {
        if (attempts < ATTEMPTS && error instanceof RedisNoScriptException) {
            withSource = true;
            return on(server, asking);
        }
        Redirection to = Redirection.in(error);
        if (attempts < ATTEMPTS && to != null) {
            if (!to.asking) {
                link.refreshTopology();
            }
            return servers.at(to.host, to.port).thenCompose(other -> on(other, to.asking));
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
