package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.http.admin.ServerState;
import io.portask.store.StoreHealth;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Whether the process lives, and whether it can serve. */
final class HealthOperations {
    private final Broker broker;
    private final Supplier<ServerState> state;
    private final String version;

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
        StoreHealth store =
                now == ServerState.STARTING ? new StoreHealth(false, "The store is being opened") : broker.health();
        boolean ready = now == ServerState.READY && store.available();
        return CompletableFuture.completedFuture(RestAnswer.object(ready ? 200 : 503, json -> {
            json.name("status").string(ready ? "up" : "down");
            json.name("state").string(word(now));
            json.name("version").string(version);
            json.name("store").beginObject();
            json.name("available").bool(store.available());
            json.name("text").string(store.available() ? "available" : "not available; the log says why");
            json.endObject();
        }));
    }

    private static String word(ServerState state) {
        return switch (state) {
            case STARTING -> "starting";
            case READY -> "ready";
            case DRAINING -> "draining";
        };
    }
}
