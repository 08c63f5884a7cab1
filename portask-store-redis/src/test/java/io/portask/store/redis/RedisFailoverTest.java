package io.portask.store.redis;

import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import io.portask.store.TopicSpec;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A master dies under load, and its replica takes over: the store goes on, and nothing that it acknowledged is lost. */
class RedisFailoverTest {
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    private static final int DOWN_AFTER_MS = 500;
    private static final int BEFORE = 100;
    private static final int AFTER = 100;

    @BeforeAll
    static void assumeModern() {
        RedisVariants.assumeModern(RedisFailoverTest.class);
    }

    @Test
    void sentinelsPromoteTheReplica(@TempDir Path directory) throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start(directory, DOWN_AFTER_MS);
                MessageStore store = opened(sentinels.uri("minReplicas=1"));
                PublishLoad load = PublishLoad.idempotent(store, ORDERS)) {
            load.awaitMore(BEFORE);
            RedisProcess dead = sentinels.master();
            RedisProcess next = sentinels.otherThan(dead);
            dead.kill();
            sentinels.awaitMaster(next);
            dead.restart();
            sentinels.replicate(dead, next);
            load.awaitMore(AFTER);
            load.stopAndVerify();
            System.err.println("Sentinel failover: " + load.summary());
        }
    }

    @Test
    void sentinelsAreToldToPromoteTheReplica(@TempDir Path directory) throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start(directory, DOWN_AFTER_MS);
                MessageStore store = opened(sentinels.uri("minReplicas=1&readFrom=replica"));
                PublishLoad load = PublishLoad.idempotent(store, ORDERS)) {
            load.awaitMore(BEFORE);
            RedisProcess before = sentinels.master();
            RedisProcess next = sentinels.otherThan(before);
            sentinels.failOver();
            sentinels.awaitMaster(next);
            sentinels.replicate(before, next);
            load.awaitMore(AFTER);
            load.stopAndVerify();
            System.err.println("Planned sentinel failover: " + load.summary());
        }
    }

    @Test
    @Tag("long")
    void aReplicaOfAClusterIsToldToTakeOver(@TempDir Path directory) throws Exception {
        try (RedisCluster cluster = RedisCluster.start(directory, 1);
                MessageStore store = opened(cluster.uri() + "?minReplicas=1");
                PublishLoad load = PublishLoad.idempotent(store, ORDERS)) {
            load.awaitMore(BEFORE);
            RedisProcess before = cluster.ownerOf(ORDERS);
            RedisAdmin.tell(cluster.replicaOf(before).port(), "CLUSTER", "FAILOVER");
            cluster.awaitFailover(before, ORDERS);
            load.awaitMore(AFTER);
            load.stopAndVerify();
            System.err.println("Planned cluster failover: " + load.summary());
        }
    }

    @Test
    @Tag("long")
    void aClusterPromotesTheReplica(@TempDir Path directory) throws Exception {
        try (RedisCluster cluster = RedisCluster.start(directory, 1);
                MessageStore store = opened(cluster.uri() + "?minReplicas=1");
                PublishLoad load = PublishLoad.idempotent(store, ORDERS)) {
            load.awaitMore(BEFORE);
            RedisProcess dead = cluster.ownerOf(ORDERS);
            dead.kill();
            RedisProcess next = cluster.awaitFailover(dead, ORDERS);
            dead.restart();
            RedisCluster.awaitReplica(next);
            load.awaitMore(AFTER);
            load.stopAndVerify();
            System.err.println("Cluster failover: " + load.summary());
        }
    }

    private static MessageStore opened(String uri) {
        MessageStore store = TestRedis.store(uri, TestRedis.newPrefix());
        store.start();
        store.createTopic(new TopicSpec(ORDERS.topic(), 1))
                .toCompletableFuture()
                .join();
        return store;
    }
}
