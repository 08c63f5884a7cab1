package io.portask.store.redis;

import io.lettuce.core.protocol.CommandType;
import io.portask.store.StoreHealth;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** Asks Redis from time to time whether it is there, and remembers the answer. */
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

    CompletableFuture<?> check() {
        long startNs = System.nanoTime();
        return link.callWithoutKey(0, CommandType.PING).handle((reply, error) -> {
            last = error == null
                    ? new StoreHealth(
                            true,
                            String.format(
                                    Locale.ROOT, "%s answers in %.1f ms", name, (System.nanoTime() - startNs) / 1e6))
                    : new StoreHealth(
                            false, String.valueOf(RedisErrors.named(name, error).getMessage()));
            return null;
        });
    }

    StoreHealth last() {
        return last;
    }
}
