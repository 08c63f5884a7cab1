package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.batch;
import static io.portask.store.redis.StoreHands.create;
import static io.portask.store.redis.StoreHands.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.broker.SubscribeOptions;
import io.portask.broker.Subscription;
import io.portask.record.Durability;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final Pattern PUBLISHED = Pattern.compile("cmdstat_publish:calls=(\\d+)");
    private static final String UNPOLLED = "pollMs=600000";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @BeforeAll
    static void assumeModern() {
        RedisVariants.assumeModern(RedisClusterTest.class);
    }

    /** Where the store may not use it, ends are told as in a cluster that has no sharded publish/subscribe. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void newEndsAreHeardAtEveryNode(boolean sharded) throws Exception {
        String prefix = TestRedis.newPrefix();
        RedisCluster cluster = RedisCluster.shared();
        String uri = cluster.uri() + "?" + UNPOLLED;
        Map<TopicPartition, Long> heard = new ConcurrentHashMap<>();
        try (MessageStore one = TestRedis.store(uri, prefix);
                MessageStore other = TestRedis.store(uri, prefix)) {
            other.addEndListener(heard::put);
            one.start();
            other.start();
            create(one, "spread", PARTITIONS);
            await(other.describeTopic("spread"));
            for (int i = 0; i < PARTITIONS; i++) {
                TopicPartition partition = new TopicPartition("spread", i);
                until("it is subscribed", () -> isSubscribed(cluster, prefix, partition));
            }
            cluster.allowSharded(sharded);
            long before = toldToAll(cluster);
            for (int i = 0; i < PARTITIONS; i++) {
                TopicPartition partition = new TopicPartition("spread", i);
                await(append(one, partition, batch("a", "b")));
                until("it is heard", () -> Long.valueOf(2).equals(heard.get(partition)));
            }
            assertThat(toldToAll(cluster) - before).isEqualTo(sharded ? 0 : PARTITIONS);
        } finally {
            cluster.allowSharded(true);
        }
    }

    /** How often any master told something to all nodes of the cluster. */
    private static long toldToAll(RedisCluster cluster) throws IOException {
        long sum = 0;
        for (int i = 0; i < RedisCluster.MASTERS; i++) {
            Matcher calls = PUBLISHED.matcher(RedisAdmin.ask(cluster.node(i).port(), "INFO", "commandstats"));
            sum += calls.find() ? Long.parseLong(calls.group(1)) : 0;
        }
        return sum;
    }

    /** At the master of its slot, for all that is in the cluster under a prefix of keys. */
    private static boolean isSubscribed(RedisCluster cluster, String prefix, TopicPartition partition) {
        try {
            String channel = Keys.text(new Keys(prefix).of(partition).ends());
            return RedisAdmin.ask(cluster.ownerOf(partition).port(), "PUBSUB", "SHARDCHANNELS", channel)
                    .contains(channel);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aSubscriberThatWaitsIsWokenAfterItsSlotHasMoved() throws Exception {
        RedisCluster cluster = RedisCluster.shared();
        String prefix = TestRedis.newPrefix();
        String uri = cluster.uri() + "?keyPrefix=" + prefix + "&" + UNPOLLED;
        TopicPartition partition = new TopicPartition("moving", 0);
        try (Broker here = Broker.builder().store(uri).build();
                Broker there = Broker.builder().store(uri).build()) {
            here.start();
            there.start();
            here.createTopic("moving", 1);
            try (Subscription moving = there.subscribe(SubscribeOptions.of("moving"))) {
                until("it is subscribed", () -> isSubscribed(cluster, prefix, partition));
                for (int i = 0; i < ROUNDS; i++) {
                    assertThat(moving.poll(Duration.ZERO)).isEmpty();
                    move(cluster, partition, () -> {});
                    here.publish(Message.of("moving", "at once " + i));
                    assertThat(moving.poll(PATIENCE))
                            .extracting(ReceivedMessage::text)
                            .containsExactly("at once " + i);
                    until("it is subscribed where it is now", () -> isSubscribed(cluster, prefix, partition));
                    assertThat(moving.poll(Duration.ZERO)).isEmpty();
                    here.publish(Message.of("moving", "later " + i));
                    assertThat(moving.poll(PATIENCE))
                            .extracting(ReceivedMessage::text)
                            .containsExactly("later " + i);
                }
                for (int i = 0; i < ROUNDS; i++) {
                    assertThat(moving.poll(Duration.ZERO)).isEmpty();
                    RedisAdmin.ask(cluster.ownerOf(partition).port(), "CLIENT", "KILL", "TYPE", "pubsub");
                    here.publish(Message.of("moving", "cut " + i));
                    assertThat(moving.poll(PATIENCE))
                            .extracting(ReceivedMessage::text)
                            .containsExactly("cut " + i);
                }
            }
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
                    move(cluster, IDEMPOTENT, () -> idempotent.awaitAttempts(ATTEMPTS));
                    move(cluster, PLAIN, () -> plain.awaitAttempts(ATTEMPTS));
                }
                idempotent.awaitMore(BETWEEN);
                plain.awaitMore(BETWEEN);
                idempotent.stopAndVerify();
                plain.stopAndVerify();
                System.err.println(idempotent.summary() + "; " + plain.summary());
            }
        }
    }

    private interface Between {
        void run() throws InterruptedException;
    }

    /** To the next master, one key after the other, with something in between. */
    private static void move(RedisCluster cluster, TopicPartition partition, Between between)
            throws IOException, InterruptedException {
        String slot = Integer.toString(RedisCluster.slotOf(partition));
        RedisProcess from = cluster.ownerOf(partition);
        RedisProcess to = cluster.node((cluster.indexOf(from) + 1) % RedisCluster.MASTERS);
        String toId = RedisCluster.id(to);
        RedisAdmin.tell(to.port(), "CLUSTER", "SETSLOT", slot, "IMPORTING", RedisCluster.id(from));
        RedisAdmin.tell(from.port(), "CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
        for (String key : keys(from, slot)) {
            RedisAdmin.tell(from.port(), "MIGRATE", "127.0.0.1", Integer.toString(to.port()), key, "0", "5000");
            between.run();
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
