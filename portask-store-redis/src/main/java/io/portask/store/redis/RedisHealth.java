package io.portask.store.redis;

import io.lettuce.core.protocol.CommandType;
import io.portask.store.StoreHealth;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** Asks every server that takes appends from time to time whether it is there, and remembers the answer. */
final class RedisHealth {
    private final RedisLink link;
    private final String name;
    private volatile StoreHealth last;

    /** @param name product, version and address, for people */
    RedisHealth(RedisLink link, String name) {
        this.link = link;
        this.name = name;
        this.last = new StoreHealth(true, name);
    }

    /** Blocks until answered. */
    void check() {
        long startNs = System.nanoTime();
        try {
            CompletableFuture<?>[] answers = link.masters().stream()
                    .map(server -> RedisLink.ask(server, CommandType.PING))
                    .toArray(CompletableFuture[]::new);
            CompletableFuture.allOf(answers).join();
            double ms = (System.nanoTime() - startNs) / 1e6;
            last = new StoreHealth(true, String.format(Locale.ROOT, "%s answers in %.1f ms", name, ms));
        } catch (RuntimeException e) {
            last = new StoreHealth(
                    false, String.valueOf(RedisErrors.named(name, e).getMessage()));
        }
    }

    StoreHealth last() {
        return last;
    }
}
