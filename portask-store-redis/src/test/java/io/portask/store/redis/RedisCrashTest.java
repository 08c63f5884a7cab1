package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.redis.StoreHands.batch;
import static io.portask.store.redis.StoreHands.create;
import static io.portask.store.redis.StoreHands.producerBatch;
import static io.portask.store.redis.StoreHands.until;
import static io.portask.store.redis.StoreHands.untilItAnswers;
import static io.portask.store.redis.StoreHands.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that syncs everything and is killed under load, again and again, while the store runs on. */
class RedisCrashTest {
    private static final int PARTITIONS = 3;
    private static final int APPENDERS = 4;
    private static final int BETWEEN_KILLS = 150;

    @TempDir
    Path directory;

    /** For each partition what was acknowledged, by offset. */
    private final List<Map<Long, String>> acknowledged = new ArrayList<>();

    private volatile boolean stopped;

    @BeforeEach
    void prepare() {
        for (int i = 0; i < PARTITIONS; i++) {
            acknowledged.add(new ConcurrentSkipListMap<>());
        }
    }

    @Test
    void nothingAcknowledgedIsLostInTwentyCrashes() throws Exception {
        crashOften(20, BETWEEN_KILLS, "always");
    }

    @Test
    @Tag("long")
    void nothingAcknowledgedIsLostInManyCrashes() throws Exception {
        crashOften(100, BETWEEN_KILLS, "always");
    }

    /** An acknowledgement takes up to a second there. */
    @Test
    void norWhereAppendsWaitForTheSyncOfEverySecond() throws Exception {
        crashOften(2, 4, "everysec");
    }

    @Test
    @Tag("long")
    void norInManyCrashes() throws Exception {
        crashOften(20, 12, "everysec");
    }

    private void crashOften(int crashes, int betweenKills, String sync) throws Exception {
        try (RedisProcess redis = RedisProcess.start(directory, "--appendonly", "yes", "--appendfsync", sync);
                RedisStore store = TestRedis.store(redis.uri() + "?timeoutMs=5000", "p:")) {
            store.start();
            RedisVariants.assumeSyncs(store);
            create(store, "orders", PARTITIONS);
            ExecutorService threads = Executors.newFixedThreadPool(APPENDERS);
            try {
                List<Future<?>> appenders = new ArrayList<>();
                for (int i = 0; i < APPENDERS; i++) {
                    int number = i;
                    appenders.add(threads.submit(
                            () -> number % 2 == 0 ? appendPlain(store, number) : appendIdempotent(store, number)));
                }
                for (int crash = 0; crash < crashes; crash++) {
                    int enough = count() + betweenKills + betweenKills / 12 * (crash % 7);
                    until("appends are acknowledged", () -> count() >= enough);
                    redis.kill();
                    redis.restart();
                    untilItAnswers(store);
                    check(store);
                }
                stopped = true;
                for (Future<?> appender : appenders) {
                    appender.get();
                }
            } finally {
                stopped = true;
                threads.shutdown();
            }
            check(store);
        }
    }

    private int count() {
        return acknowledged.stream().mapToInt(Map::size).sum();
    }

    private boolean acknowledge(int partition, AppendResult result, String value) {
        String before = acknowledged.get(partition).put(result.baseOffset(), value);
        assertThat(before)
                .as("the value before at offset %d", result.baseOffset())
                .isIn(null, value);
        return true;
    }

    /** Never publishes a value again. */
    private Void appendPlain(RedisStore store, int number) {
        for (int i = 0; !stopped; i++) {
            int partition = i % PARTITIONS;
            String value = "plain-" + number + "-" + i;
            tryToAppend(store, partition, batch(value), value);
        }
        return null;
    }

    /** Publishes each value until it is acknowledged. */
    private Void appendIdempotent(RedisStore store, int number) {
        for (int i = 0; !stopped; i++) {
            int partition = i % PARTITIONS;
            String value = "idempotent-" + number + "-" + i;
            boolean done = false;
            while (!done) {
                done = tryToAppend(store, partition, producerBatch(number, i / PARTITIONS, value), value);
            }
        }
        return null;
    }

    private boolean tryToAppend(RedisStore store, int partition, ByteBuffer batch, String value) {
        try {
            AppendResult result =
                    await(store.append(new TopicPartition("orders", partition), batch, Durability.SYNCED));
            return acknowledge(partition, result, value);
        } catch (PortaskException e) {
            assertThat(e.code().retriable()).as("%s", e).isTrue();
            untilItAnswers(store);
            return false;
        }
    }

    private void check(RedisStore store) {
        for (int i = 0; i < PARTITIONS; i++) {
            Map<Long, String> expected = Map.copyOf(acknowledged.get(i));
            List<String> found = values(store, new TopicPartition("orders", i));
            assertThat(found).doesNotHaveDuplicates();
            expected.forEach(
                    (offset, value) -> assertThat(found.get(offset.intValue())).isEqualTo(value));
        }
    }
}
