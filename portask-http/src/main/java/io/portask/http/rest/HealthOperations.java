package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.http.admin.ServerState;
import io.portask.store.StoreHealth;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the process lives, and whether it can serve. */
final class HealthOperations {
    private static final Logger LOG = LoggerFactory.getLogger(HealthOperations.class);

    private final Broker broker;
    private final Supplier<ServerState> state;
    private final String version;

    /** What was said last, so that the log says each change once. */
    private final AtomicBoolean wasAvailable = new AtomicBoolean(true);

    HealthOperations(Broker broker, Supplier<ServerState> state, String version) {
        this.broker = broker;
        this.state = state;
        this.version = version;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of("GET", "/health", request -> ready()),
                Operation.of("GET", "/health/ready", request -> ready()),
                Operation.of("GET", "/health/live", request -> live()));
    }

    /** Whoever can answer lives. */
    private static CompletionStage<RestAnswer> live() {
        return CompletableFuture.completedFuture(
                RestAnswer.object(200, json -> json.name("status").string("up")));
    }

    private CompletionStage<RestAnswer> ready() {
        ServerState now = state.get();
        boolean available = now != ServerState.STARTING && isStoreAvailable();
        boolean ready = now == ServerState.READY && available;
        return CompletableFuture.completedFuture(RestAnswer.object(ready ? 200 : 503, json -> {
            json.name("status").string(ready ? "up" : "down");
            json.name("state").string(word(now));
            json.name("version").string(version);
            json.name("store").beginObject();
            json.name("available").bool(available);
            json.name("text").string(storeText(now, available));
            json.endObject();
        }));
    }

    private boolean isStoreAvailable() {
        StoreHealth store = broker.health();
        boolean available = store.available();
        if (wasAvailable.getAndSet(available) != available) {
            if (available) {
                LOG.info("The store is available again");
            } else {
                LOG.warn("The store is not available: {}", store.text());
            }
        }
        return available;
    }

    /** Strangers read it: nothing of what the store says of itself. */
    private static String storeText(ServerState state, boolean available) {
        if (state == ServerState.STARTING) {
            return "The store is being opened";
        }
        return available ? "available" : "not available; the log says why";
    }

    private static String word(ServerState state) {
        return switch (state) {
            case STARTING -> "starting";
            case READY -> "ready";
            case DRAINING -> "draining";
        };
    }
}
