package io.portask.store.redis;

import static io.portask.store.redis.StoreHands.ORDERS;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.fetch;
import static io.portask.store.redis.StoreHands.info;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import io.portask.store.MessageStore;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import io.portask.store.contract.StoreProbe;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of every key the latest record stays, whoever compacts, and whatever happens meanwhile. */
class RedisCompactionTest {
    private static final int MANY_BYTES = 1 << 20;
    private static final TopicConfig COMPACTED =
            TopicConfig.DEFAULT.withCompacted(true).withTombstoneRetentionMs(1_000);
    private static final String SETTINGS = "?cleanDelayMs=0&retentionCheckMs=0";

    private final String prefix = TestRedis.newPrefix();
    private final Hand hand = new Hand();
    private final List<RedisStore> stores = new ArrayList<>();
    private RedisStore store;
    private RawRedis raw;

    private static final class Hand extends Clock {
        private final AtomicLong ms = new AtomicLong(1_000_000);

        void advance(long byMs) {
            ms.addAndGet(byMs);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(ms.get());
        }
    }

    @BeforeEach
    void start() {
        store = open("");
        raw = new RawRedis(TestRedis.sharedUri());
        StoreProbe.await(store.createTopic(new TopicSpec("orders", 1, COMPACTED)));
    }

    private RedisStore open(String more) {
        RedisStore opened = TestRedis.store(TestRedis.sharedUri() + SETTINGS + more, prefix, hand);
        opened.start();
        stores.add(opened);
        return opened;
    }

    @AfterEach
    void close() {
        raw.close();
        stores.forEach(MessageStore::close);
    }

    private static ByteBuffer keyed(String key, String value) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(1024)) {
            builder.append(
                    1000,
                    key == null ? null : key.getBytes(StandardCharsets.UTF_8),
                    value == null ? null : value.getBytes(StandardCharsets.UTF_8),
                    List.of());
            ByteBuffer batch = builder.build();
            return ByteBuffer.allocate(batch.remaining()).put(batch).flip();
        }
    }

    private static void put(MessageStore store, String key, String value) {
        StoreProbe.await(append(store, ORDERS, keyed(key, value)));
    }

    /** What is left, by offset; the batches cover every offset. */
    private static Map<Long, ReceivedMessage> left(MessageStore store) {
        Map<Long, ReceivedMessage> found = new TreeMap<>();
        PartitionInfo info = info(store, ORDERS);
        for (long offset = info.startOffset(); offset < info.endOffset(); ) {
            fetch(store, ORDERS, offset, MANY_BYTES).forEach(message -> found.put(message.offset(), message));
            try (FetchResult result = StoreProbe.await(store.read(ORDERS, offset, MANY_BYTES))) {
                assertThat(result.nextOffset()).isGreaterThan(offset);
                offset = result.nextOffset();
            }
        }
        return found;
    }

    private long entries() {
        return raw.commands().xlen(Keys.text(new Keys(prefix).of(ORDERS).all()[5])) + raw.entries(prefix, ORDERS);
    }

    @Test
    void theLatestOfEachKeyStaysInItsPlace() {
        String filling = "x".repeat(3_000);
        for (int i = 0; i < 300; i++) {
            put(store, "k" + i % 7, i + filling);
        }
        long before = info(store, ORDERS).sizeInBytes();
        store.clean();
        assertThat(left(store).keySet()).containsExactly(293L, 294L, 295L, 296L, 297L, 298L, 299L);
        assertThat(info(store, ORDERS).startOffset()).isZero();
        assertThat(info(store, ORDERS).endOffset()).isEqualTo(300);
        assertThat(info(store, ORDERS).sizeInBytes()).isLessThan(before / 20);
        assertThat(entries()).isLessThan(20);
        assertThat(StoreProbe.await(store.scrub(ORDERS)).problems()).isEmpty();
        assertThat(StoreProbe.await(store.offsetForTimestamp(ORDERS, 1000))).isEqualTo(293);

        put(store, "k3", "new");
        store.clean();
        assertThat(left(store).keySet()).containsExactly(293L, 294L, 295L, 296L, 298L, 299L, 300L);
        StoreProbe.await(store.trim(ORDERS, 295));
        assertThat(left(store).keySet()).containsExactly(295L, 296L, 298L, 299L, 300L);
        StoreProbe.await(store.trim(ORDERS, 301));
        assertThat(left(store)).isEmpty();
        assertThat(info(store, ORDERS).sizeInBytes()).isZero();
    }

    @Test
    void aTombstoneDeletesItsKeyAndGoesAfterItsTime() {
        put(store, "a", "1");
        put(store, "b", "1");
        put(store, "a", null);
        store.clean();
        assertThat(left(store).keySet()).containsExactly(1L, 2L);
        hand.advance(500);
        store.clean();
        assertThat(left(store).keySet()).containsExactly(1L, 2L);
        hand.advance(600);
        store.clean();
        assertThat(left(store).keySet()).containsExactly(1L);
        assertThat(info(store, ORDERS).endOffset()).isEqualTo(3);
    }

    @Test
    void moreKeysThanFitIntoMemoryTakeSeveralPasses() {
        RedisStore small = open("&compactionKeys=3");
        for (int i = 0; i < 40; i++) {
            put(small, "k" + i % 10, "" + i);
        }
        small.clean();
        assertThat(left(small)).hasSize(10).containsKeys(30L, 39L);
    }

    @Test
    void whatHasNoKeyIsRefusedByANodeThatHasNotHeardOfTheCompaction() {
        StoreProbe.await(store.createTopic(new TopicSpec("late", 1)));
        TopicPartition late = new TopicPartition("late", 0);
        RedisStore other = open("");
        StoreProbe.await(append(other, late, keyed(null, "before")));
        raw.commands().hset(RawRedis.meta(prefix, late), "compaction", "1");

        assertThat(StoreProbe.errorOf(append(other, late, keyed(null, "x"))).code())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        String large = "x".repeat(100_000);
        assertThat(StoreProbe.errorOf(append(other, late, keyed(null, large))).code())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        StoreProbe.await(append(other, late, keyed("k", "v")));
        StoreProbe.await(append(other, late, keyed("k", large)));
        assertThat(StoreProbe.errorOf(append(other, late, keyed(null, large))).code())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(info(other, late).endOffset()).isEqualTo(3);
    }

    @Test
    void aTopicThatIsNotCompactedAnyMoreTakesWhatHasNoKeyAtAllNodes() {
        RedisStore other = open("");
        put(other, "k", "1");
        assertThat(StoreProbe.errorOf(append(other, ORDERS, keyed(null, "x"))).code())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        StoreProbe.await(store.configureTopic("orders", TopicConfig.DEFAULT));
        StoreProbe.await(append(other, ORDERS, keyed(null, "x")));
        StoreProbe.await(store.configureTopic("orders", COMPACTED));
        assertThat(StoreProbe.errorOf(append(other, ORDERS, keyed(null, "y"))).code())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        put(other, "k", "2");
        store.clean();
        assertThat(left(store).keySet()).containsExactly(1L, 2L);
    }

    @Test
    void aPassThatANodeHasLeftIsFinishedByAnother() {
        for (int i = 0; i < 20; i++) {
            put(store, "k" + i % 3, "" + i);
        }
        String meta = RawRedis.meta(prefix, ORDERS);
        raw.commands()
                .hset(
                        meta,
                        Map.of(
                                "pass",
                                "1",
                                "passBytes",
                                "0",
                                "formerBytes",
                                "0",
                                "passNewest",
                                "-1",
                                "passDone",
                                "0",
                                "passEnd",
                                "20",
                                "passToken",
                                "other 1",
                                "passMs",
                                "" + hand.millis()));
        store.clean();
        assertThat(left(store)).hasSize(20);
        hand.advance(60_000);
        store.clean();
        assertThat(left(store).keySet()).containsExactly(17L, 18L, 19L);
        assertThat(raw.commands().hget(meta, "passes")).contains(" 20:");
    }

    @Test
    void whatIsDamagedStaysAsItIsAndTheRestIsCompacted() {
        put(store, "a", "1");
        put(store, "b", "1");
        raw.appendDamaged(prefix, ORDERS, 500);
        put(store, "a", "2");
        store.clean();
        assertThat(StoreProbe.await(store.scrub(ORDERS)).problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem.firstOffset()).isEqualTo(2));
        assertThat(fetch(store, ORDERS, 0, MANY_BYTES))
                .extracting(ReceivedMessage::offset)
                .containsExactly(1L);
        assertThat(fetch(store, ORDERS, 3, MANY_BYTES))
                .extracting(ReceivedMessage::offset)
                .containsExactly(3L);
    }

    @Test
    void whatIsTooMuchGoesFromTheCompactedPartToo() {
        String value = "x".repeat(10_000);
        for (int i = 0; i < 50; i++) {
            put(store, "k" + i, value);
        }
        store.clean();
        StoreProbe.await(store.configureTopic("orders", COMPACTED.withRetentionBytes(200_000)));
        store.clean();
        PartitionInfo info = info(store, ORDERS);
        assertThat(info.sizeInBytes()).isBetween(100_000L, 200_000L);
        assertThat(left(store)).hasSize((int) (50 - info.startOffset()));
    }

    @Test
    void nodesThatCompactAtTheSameTimeLoseNothing() {
        RedisStore other = open("");
        Map<String, String> latest = new HashMap<>();
        String filling = "x".repeat(2_000);
        for (int round = 0; round < 10; round++) {
            List<CompletableFuture<Void>> cleaning =
                    List.of(CompletableFuture.runAsync(store::clean), CompletableFuture.runAsync(other::clean));
            for (int i = 0; i < 60; i++) {
                String key = "k" + (i * 7 + round) % 23;
                String value = round + ":" + i + filling;
                put(i % 2 == 0 ? store : other, key, value);
                latest.put(key, value);
            }
            cleaning.forEach(CompletableFuture::join);
        }
        store.clean();
        Map<String, String> found = new HashMap<>();
        left(other)
                .values()
                .forEach(message -> found.put(new String(message.key(), StandardCharsets.UTF_8), message.text()));
        assertThat(found).isEqualTo(latest);
        assertThat(info(other, ORDERS).endOffset()).isEqualTo(600);
        assertThat(StoreProbe.await(other.scrub(ORDERS)).problems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whateverHappensTheModelIsRight(long seed) {
        Random random = new Random(seed);
        RedisStore other = open("&compactionKeys=7");
        Map<Long, String> keys = new TreeMap<>();
        Map<Long, String> values = new TreeMap<>();
        List<Long> deleted = new ArrayList<>();
        long next = 0;
        for (int step = 0; step < 150; step++) {
            RedisStore node = random.nextBoolean() ? store : other;
            int action = random.nextInt(12);
            if (action < 8) {
                String key = "k" + random.nextInt(12);
                String value =
                        random.nextInt(6) == 0 ? null : next + "x".repeat(random.nextInt(4) * random.nextInt(20_000));
                put(node, key, value);
                keys.put(next, key);
                values.put(next++, value == null ? "" : value);
            } else if (action == 8 && next > 0) {
                long offset = random.nextInt((int) next);
                StoreProbe.await(node.deleteMessages(ORDERS, List.of(offset)));
                deleted.add(offset);
            } else if (action == 9 && random.nextInt(4) == 0) {
                StoreProbe.await(node.trim(ORDERS, Math.max(0, next - 30)));
            } else if (action == 10) {
                node.clean();
                hand.advance(random.nextInt(700));
            }
            check(node, keys, values, deleted, next);
        }
    }

    private void check(
            RedisStore node, Map<Long, String> keys, Map<Long, String> values, List<Long> deleted, long next) {
        Map<Long, ReceivedMessage> left = left(node);
        assertThat(info(node, ORDERS).endOffset()).isEqualTo(next);
        assertThat(left.keySet()).noneMatch(deleted::contains);
        left.forEach((offset, message) -> {
            assertThat(new String(message.key(), StandardCharsets.UTF_8)).isEqualTo(keys.get(offset));
            assertThat(message.value() == null ? "" : message.text()).isEqualTo(values.get(offset));
        });
        Map<String, Long> latest = new HashMap<>();
        keys.forEach((offset, key) -> latest.put(key, offset));
        long start = info(node, ORDERS).startOffset();
        latest.forEach((key, offset) -> {
            if (offset >= start
                    && !deleted.contains(offset)
                    && !values.get(offset).isEmpty()) {
                assertThat(left).containsKey(offset);
            }
        });
    }
}
