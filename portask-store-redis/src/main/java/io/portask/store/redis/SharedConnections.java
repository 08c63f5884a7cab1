package io.portask.store.redis;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.CommandType;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections that commands share, one after the other by their lanes. One can take another's place while commands come. Any
 * thread.
 */
final class SharedConnections {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final String REPLICA = "slave";

    private final Supplier<StatefulConnection<byte[], byte[]>> connector;
    private final CopyOnWriteArrayList<StatefulConnection<byte[], byte[]>> all = new CopyOnWriteArrayList<>();

    /** Who alone sends. */
    private final Executor sender;

    /**
     * @param connector makes one; may block
     * @param sender who alone sends, where it must not be two
     */
    SharedConnections(Supplier<StatefulConnection<byte[], byte[]>> connector, Executor sender) {
        this.connector = connector;
        this.sender = sender;
    }

    /** Blocks until there are so many more. */
    void open(int count) {
        for (int i = 0; i < count; i++) {
            all.add(connector.get());
        }
    }

    StatefulConnection<byte[], byte[]> ofLane(int lane) {
        return all.get(Math.floorMod(lane, all.size()));
    }

    Stream<StatefulConnection<byte[], byte[]>> stream() {
        return all.stream();
    }

    /**
     * A connection outlives that its server is made a replica. Replaces such a one, if a new one leads to a master. Blocks; what is
     * under way on the old one is answered first.
     */
    synchronized void leaveReplicas() {
        for (int i = 0; i < all.size(); i++) {
            StatefulConnection<byte[], byte[]> old = all.get(i);
            if (isAtReplica(old)) {
                StatefulConnection<byte[], byte[]> other = connector.get();
                if (isAtReplica(other)) {
                    var unused = other.closeAsync();
                } else {
                    LOG.info("A connection is at a Redis that is a replica now; another one takes its place");
                    all.set(i, other);
                    var unused = ask(old, CommandType.PING)
                            .handle((answer, error) -> null)
                            .thenCompose(done -> old.closeAsync());
                }
            }
        }
    }

    private CompletableFuture<List<Object>> ask(StatefulConnection<byte[], byte[]> connection, CommandType type) {
        return CompletableFuture.completedFuture(connection)
                .thenComposeAsync(server -> RedisLink.ask(server, type), sender);
    }

    private boolean isAtReplica(StatefulConnection<byte[], byte[]> connection) {
        try {
            List<Object> role = ask(connection, CommandType.ROLE).join();
            return !role.isEmpty()
                    && role.get(0) instanceof byte[] name
                    && Keys.text(name).equals(REPLICA);
        } catch (CompletionException e) {
            LOG.debug("It is not known whether a connection is at a replica", e);
            return false;
        }
    }
}
