package io.portask.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a cluster has that a single server has not: slots that move, and nodes that differ. */
class RedisClusterTest {
    private static final TopicPartition IDEMPOTENT = new TopicPartition("moving", 0);
    private static final TopicPartition PLAIN = new TopicPartition("moving", 1);
    private static final int PARTITIONS = 6;
    private static final int ROUNDS = 3;
    private static final int BETWEEN = 50;
    private static final int ATTEMPTS = 3;

    @BeforeAll
    static void assumeModern() {
        RedisVariants.assumeModern(RedisClusterTest.class);
    }

    @Test
    void newEndsAreHeardAtEveryNode() throws Exception {
        String prefix = TestRedis.newPrefix();
        String uri = RedisCluster.shared().uri() + "?pollMs=600000";
        CountDownLatch heard = new CountDownLatch(PARTITIONS);
        try (MessageStore one = TestRedis.store(uri, prefix);
                MessageStore other = TestRedis.store(uri, prefix)) {
            other.addEndListener((partition, end) -> heard.countDown());
            one.start();
            other.start();
            one.createTopic(new TopicSpec("spread", PARTITIONS))
                    .toCompletableFuture()
                    .join();
            for (int i = 0; i < PARTITIONS; i++) {
                PublishLoad load = PublishLoad.plain(one, new TopicPartition("spread", i));
                load.awaitMore(1);
                load.close();
            }
            assertThat(heard.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void theMasterThatKeepsLeastCounts() throws IOException {
        RedisCluster cluster = RedisCluster.shared();
        try {
            for (int i = 0; i < RedisCluster.MASTERS; i++) {
                assertThat(reached(cluster)).isEqualTo(Durability.WRITTEN);
                RedisAdmin.tell(cluster.node(i).port(), "CONFIG", "SET", "appendfsync", "always", "appendonly", "yes");
            }
            assertThat(reached(cluster)).isEqualTo(Durability.SYNCED);
        } finally {
            for (int i = 0; i < RedisCluster.MASTERS; i++) {
                RedisAdmin.tell(cluster.node(i).port(), "CONFIG", "SET", "appendonly", "no");
            }
        }
    }

    private static Durability reached(RedisCluster cluster) {
        try (MessageStore store = TestRedis.store(cluster.uri(), TestRedis.newPrefix())) {
            store.start();
            return store.capabilities().defaultDurability();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"minReplicas=0", "minReplicas=1"})
    void nothingIsLostOrDoubledAndTheOrderStays(String setting) throws Exception {
        RedisCluster cluster = RedisCluster.shared();
        try (MessageStore store = TestRedis.store(cluster.uri() + "?" + setting, TestRedis.newPrefix())) {
            store.start();
            store.createTopic(new TopicSpec("moving", 2)).toCompletableFuture().join();
            try (PublishLoad idempotent = PublishLoad.idempotent(store, IDEMPOTENT);
                    PublishLoad plain = PublishLoad.plain(store, PLAIN)) {
                for (int i = 0; i < ROUNDS; i++) {
                    idempotent.awaitMore(BETWEEN);
                    plain.awaitMore(BETWEEN);
                    move(cluster, IDEMPOTENT, idempotent);
                    move(cluster, PLAIN, plain);
                }
                idempotent.awaitMore(BETWEEN);
                plain.awaitMore(BETWEEN);
                idempotent.stopAndVerify();
                plain.stopAndVerify();
                System.err.println(idempotent.summary() + "; " + plain.summary());
            }
        }
    }

    /** To the next master, one key after the other, with attempts to publish in between. */
    private static void move(RedisCluster cluster, TopicPartition partition, PublishLoad load)
            throws IOException, InterruptedException {
        String slot = Integer.toString(RedisCluster.slotOf(partition));
        RedisProcess from = cluster.ownerOf(partition);
        RedisProcess to = cluster.node((cluster.indexOf(from) + 1) % RedisCluster.MASTERS);
        String toId = RedisCluster.id(to);
        RedisAdmin.tell(to.port(), "CLUSTER", "SETSLOT", slot, "IMPORTING", RedisCluster.id(from));
        RedisAdmin.tell(from.port(), "CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
        for (String key : keys(from, slot)) {
            RedisAdmin.tell(from.port(), "MIGRATE", "127.0.0.1", Integer.toString(to.port()), key, "0", "5000");
            load.awaitAttempts(ATTEMPTS);
        }
        RedisAdmin.tell(to.port(), "CLUSTER", "SETSLOT", slot, "NODE", toId);
        RedisAdmin.tell(from.port(), "CLUSTER", "SETSLOT", slot, "NODE", toId);
        cluster.awaitOwner(partition, to);
    }

    private static List<String> keys(RedisProcess node, String slot) throws IOException {
        List<String> found = new ArrayList<>();
        for (String line : RedisAdmin.ask(node.port(), "CLUSTER", "GETKEYSINSLOT", slot, "1000")
                .split("\n", -1)) {
            if (!line.isEmpty()) {
                found.add(line);
            }
        }
        return found;
    }
}
