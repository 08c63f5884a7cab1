package io.portask.store.redis;

import io.portask.store.MessageStore;
import io.portask.store.MessageStoreProvider;
import io.portask.store.StoreContext;
import java.net.URI;
import java.util.Set;

/**
 * Makes stores on Redis from {@code redis://[user:password@]host:port/db}, {@code rediss://} (TLS), {@code redis-socket://path},
 * {@code redis-sentinel://host1,host2/db#master} and {@code redis-cluster://host1,host2}. {@code docs/REDIS.md} lists the
 * parameters.
 */
public final class RedisStoreProvider implements MessageStoreProvider {
    private static final Set<String> SCHEMES =
            Set.of("redis", "rediss", "redis-socket", "redis-sentinel", "redis-cluster");

    @Override
    public boolean supports(String scheme) {
        return SCHEMES.contains(scheme);
    }

    @Override
    public MessageStore create(URI uri, StoreContext context) {
        return new RedisStore(RedisConfig.parse(uri), context);
    }
}
