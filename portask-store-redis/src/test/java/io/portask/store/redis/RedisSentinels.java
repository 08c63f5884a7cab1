package io.portask.store.redis;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Two servers, one the replica of the other, and three sentinels that watch them. */
final class RedisSentinels implements AutoCloseable {
    private static final String MASTER = "mymaster";
    private static final int SENTINELS = 3;

    private final RedisProcess one;
    private final RedisProcess other;
    private final List<RedisProcess> sentinels = new ArrayList<>();

    private RedisSentinels(RedisProcess one, RedisProcess other) {
        this.one = one;
        this.other = other;
    }

    /** @param downAfterMs how long the master may be silent before it is replaced */
    static RedisSentinels start(Path directory, int downAfterMs) throws IOException {
        RedisPair servers = RedisPair.start(directory);
        RedisSentinels started = new RedisSentinels(servers.master(), servers.replica());
        try {
            for (int i = 0; i < SENTINELS; i++) {
                started.watch(directory.resolve("sentinel-" + i), downAfterMs);
            }
            started.awaitWatched();
            return started;
        } catch (IOException | RuntimeException | Error e) {
            started.close();
            throw e;
        }
    }

    private void watch(Path directory, int downAfterMs) throws IOException {
        sentinels.add(RedisProcess.startSentinel(
                directory,
                "sentinel monitor " + MASTER + " 127.0.0.1 " + one.port() + " 2",
                "sentinel down-after-milliseconds " + MASTER + " " + downAfterMs,
                "sentinel failover-timeout " + MASTER + " 1500"));
    }

    /** Makes a server the replica of another one, as the sentinels would do after a while. */
    void replicate(RedisProcess replica, RedisProcess master) throws IOException {
        RedisPair.replicate(replica, master);
    }

    /** Blocks until the sentinels know each other and both servers. */
    private void awaitWatched() {
        for (RedisProcess sentinel : sentinels) {
            sentinel.await(
                    "sentinel " + sentinel.port() + " knows all",
                    () -> RedisAdmin.answers(sentinel.port(), "slaves=1,sentinels=" + SENTINELS, "INFO", "sentinel"));
        }
    }

    /** Blocks until most sentinels name this server as the master. */
    void awaitMaster(RedisProcess master) {
        sentinels
                .get(0)
                .await(
                        "the failover to " + master.port(),
                        () -> sentinels.stream()
                                        .filter(it -> RedisAdmin.answers(
                                                it.port(), "address=127.0.0.1:" + master.port(), "INFO", "sentinel"))
                                        .count()
                                == SENTINELS);
    }

    /** Has them promote the replica although the master lives. */
    void failOver() throws IOException {
        RedisAdmin.tell(sentinels.get(0).port(), "SENTINEL", "FAILOVER", MASTER);
    }

    RedisProcess master() {
        return RedisAdmin.answers(one.port(), "role:master", "INFO", "replication") ? one : other;
    }

    RedisProcess otherThan(RedisProcess server) {
        return server == one ? other : one;
    }

    String uri(String parameters) {
        return "redis-sentinel://"
                + sentinels.stream()
                        .map(sentinel -> "127.0.0.1:" + sentinel.port())
                        .collect(Collectors.joining(","))
                + "/0?" + parameters + "#" + MASTER;
    }

    @Override
    public void close() {
        sentinels.forEach(RedisProcess::close);
        one.close();
        other.close();
    }
}
