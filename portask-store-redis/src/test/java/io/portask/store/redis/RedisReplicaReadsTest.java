package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.redis.StoreHands.ORDERS;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.create;
import static io.portask.store.redis.StoreHands.until;
import static io.portask.store.redis.StoreHands.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code readFrom=replica}: a replica that knows less than its master, or something else, shows nothing wrong. */
class RedisReplicaReadsTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private String prefix;
    private static RedisPair servers;
    private static RedisProcess master;
    private static RedisProcess replica;
    private RedisStore store;

    @BeforeAll
    static void startServers(@TempDir Path directory) throws IOException {
        servers = RedisPair.start(directory);
        master = servers.master();
        replica = servers.replica();
    }

    @AfterAll
    static void closeServers() {
        servers.close();
    }

    @BeforeEach
    void start() throws IOException {
        RedisPair.replicate(replica, master);
        store = start(master.uri() + "?minReplicas=1&readFrom=replica&pollMs=600000");
        create(store, "orders", 1);
        await(append(store, "a", "b"));
        await(append(store, "c"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private RedisStore start(String uri) {
        prefix = TestRedis.newPrefix();
        RedisStore started = TestRedis.store(uri, prefix, meters, Clock.systemUTC());
        started.start();
        return started;
    }

    private long reads(String where) {
        return meters.timer("portask.redis.commands", "command", where).count();
    }

    /** From here on the replica is not told of anything, and is still asked. */
    private void leaveBehind() throws IOException {
        RedisAdmin.tell(replica.port(), "REPLICAOF", "NO", "ONE");
    }

    @Test
    void entriesComeFromTheReplica() {
        assertThat(values(store)).containsExactly("a", "b", "c");
        assertThat(reads("read_at_replica")).isPositive();
        assertThat(reads("read")).isZero();
    }

    @Test
    void whatTheReplicaLacksComesFromTheMaster() throws Exception {
        store.close();
        store = start(master.uri() + "?readFrom=replica&pollMs=600000");
        create(store, "orders", 1);
        await(append(store, "a"));
        String log = RawRedis.log(prefix, ORDERS);
        replica.await("the first", () -> RedisAdmin.answers(replica.port(), "1", "XLEN", log));
        leaveBehind();
        await(append(store, "late"));
        assertThat(values(store)).containsExactly("a", "late");
        assertThat(StoreHands.fetch(store, ORDERS, 1, 1)).hasSize(1);
    }

    @Test
    void whatIsTrimmedIsOutOfRangeAlthoughTheReplicaHasIt() throws Exception {
        leaveBehind();
        await(store.trim(ORDERS, 2));
        assertThat(errorOf(store.read(ORDERS, 0, 100)).code()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(values(store)).containsExactly("c");
    }

    @Test
    void whatIsDeletedIsHiddenAlthoughTheReplicaShowsIt() throws Exception {
        leaveBehind();
        assertThat(await(store.deleteMessages(ORDERS, List.of(1L)))).isEqualTo(1);
        assertThat(StoreHands.fetch(store, ORDERS, 0, 1))
                .extracting(message -> message.text())
                .containsExactly("a");
    }

    @Test
    void aTopicThatIsGoneIsGoneAlthoughTheReplicaHasIt() throws Exception {
        leaveBehind();
        await(store.deleteTopic("orders"));
        assertThat(errorOf(store.read(ORDERS, 0, 100)).code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC);
        create(store, "orders", 1);
        assertThat(values(store)).isEmpty();
    }

    @Test
    void withoutAReplicaTheMasterIsAsked() throws Exception {
        replica.kill();
        try {
            until("it is missed", () -> {
                long before = reads("read");
                assertThat(values(store)).containsExactly("a", "b", "c");
                return reads("read") > before;
            });
        } finally {
            replica.restart();
        }
    }

    @Test
    void aReplicaThatComesIsFound() throws Exception {
        replica.kill();
        try (RedisStore other = start(master.uri() + "?readFrom=replica&pollMs=20")) {
            create(other, "orders", 1);
            await(append(other, "a"));
            replica.restart();
            until("it is read at", () -> {
                long before = reads("read");
                assertThat(values(other)).containsExactly("a");
                return reads("read") == before;
            });
        }
    }
}
