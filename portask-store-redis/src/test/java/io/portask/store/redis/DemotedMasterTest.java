package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.create;
import static io.portask.store.redis.StoreHands.until;
import static io.portask.store.redis.StoreHands.values;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A failover that leaves connections where they were: what is a replica now still answers, and takes nothing. */
class DemotedMasterTest {
    @Test
    void connectionsToItAreReplaced(@TempDir Path directory) throws IOException {
        try (RedisPair servers = RedisPair.start(directory);
                RedisProxy proxy = new RedisProxy(servers.master().port());
                RedisStore store = TestRedis.store(proxy.uri() + "?pollMs=20", "p:")) {
            RedisProcess before = servers.master();
            RedisProcess next = servers.replica();
            store.start();
            create(store, "orders", 1);
            await(append(store, "a"));
            String log = RawRedis.log("p:", StoreHands.ORDERS);
            next.await("the first append", () -> RedisAdmin.answers(next.port(), "1", "XLEN", log));

            proxy.redirect(next.port());
            RedisAdmin.tell(next.port(), "REPLICAOF", "NO", "ONE");
            RedisAdmin.tell(before.port(), "REPLICAOF", "127.0.0.1", Integer.toString(next.port()));
            until("it goes on", () -> await(append(store, "b").handle((stored, error) -> error == null)));
            assertThat(values(store)).containsExactly("a", "b");
        }
    }
}
