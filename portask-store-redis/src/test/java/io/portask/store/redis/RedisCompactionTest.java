package io.portask.store.redis;

import static io.portask.store.redis.StoreHands.ORDERS;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.fetch;
import static io.portask.store.redis.StoreHands.info;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.ScriptOutputType;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
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
    private final ManualClock hand = new ManualClock();
    private final List<RedisStore> stores = new ArrayList<>();
    private RedisStore store;
    private RawRedis raw;

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
    void damageDoesNotKeepMoreKeysThanFitIntoMemoryFromBeingCompacted() {
        RedisStore small = open("&compactionKeys=3");
        raw.appendDamaged(prefix, ORDERS, 500);
        for (int i = 0; i < 40; i++) {
            put(small, "k" + i % 10, "" + i);
        }
        small.clean();
        assertThat(fetch(small, ORDERS, 1, MANY_BYTES))
                .extracting(ReceivedMessage::offset)
                .containsExactly(31L, 32L, 33L, 34L, 35L, 36L, 37L, 38L, 39L, 40L);
    }

    @Test
    void whatDoesNotTellItsSizeAndAgeDoesSoWhenItIsCompacted() {
        put(store, "a", "1");
        eval("local bytes = redis.call('XRANGE', KEYS[1], '-', '+')[1][2][2] redis.call('DEL', KEYS[1]) "
                + "redis.call('XADD', KEYS[1], '1-0', 'b', bytes, 'i', 'unreadable') return {1}");
        raw.appendDamaged(prefix, ORDERS, 500);
        put(store, "b", "2");
        hand.advance(5_000);
        store.clean();
        List<String> facts = facts();
        assertThat(facts).hasSize(3);
        assertThat(facts.get(0)).matches("0 1000 1000 " + hand.millis());
        assertThat(facts.get(1)).matches("\\d+ -1 1000 " + hand.millis());
        assertThat(facts.get(2)).matches("5\\d\\d 1000 1000 1000000");
        assertThat(info(store, ORDERS).sizeInBytes()).isEqualTo(storedBytes());
        StoreProbe.await(store.trim(ORDERS, 1));
        assertThat(info(store, ORDERS).sizeInBytes()).isEqualTo(storedBytes());
    }

    private List<String> facts() {
        List<String> facts = new ArrayList<>();
        eval("local all = {} for _, each in ipairs(redis.call('XRANGE', KEYS[3], '-', '+')) do "
                        + "all[#all + 1] = each[2][4] end return all")
                .forEach(each -> facts.add((String) each));
        return facts;
    }

    private long storedBytes() {
        return (Long) eval("local bytes = 0 for _, key in ipairs({KEYS[1], KEYS[3]}) do "
                        + "for _, each in ipairs(redis.call('XRANGE', key, '-', '+')) do bytes = bytes + #each[2][2] end end "
                        + "return {bytes}")
                .get(0);
    }

    private List<Object> eval(String script, Object... args) {
        String[] keys = Arrays.stream(new Keys(prefix).of(ORDERS).forSearching())
                .map(Keys::text)
                .toArray(String[]::new);
        String[] texts = Arrays.stream(args).map(String::valueOf).toArray(String[]::new);
        return raw.commands().eval(script, ScriptOutputType.MULTI, keys, texts);
    }

    /** A node that does one step after the other of a pass. */
    private final class Stranger {
        private final String incarnation = raw.commands().hget(RawRedis.meta(prefix, ORDERS), "incarnation");

        List<Object> begin(String facts) {
            long end = info(store, ORDERS).endOffset();
            return eval(Script.BEGIN_PASS.source(), incarnation, "stranger", 1, hand.millis(), 50_000, end, facts);
        }

        /** Moves the first entry that the pass before has left. */
        List<Object> moveFirst() {
            String id = (String) eval("return {redis.call('XRANGE', KEYS[3], '-', '+')[1][1]}")
                    .get(0);
            String next = id.split("-", -1)[1];
            return eval(
                    Script.COMPACT.source(),
                    incarnation,
                    "stranger",
                    1,
                    hand.millis(),
                    0,
                    0,
                    next,
                    "",
                    1,
                    next,
                    "",
                    -1,
                    0);
        }
    }

    /** A second pass is due then, over several entries of the first and what was appended since. */
    private Stranger strangerBeforeTheSecondPass() {
        String filling = "x".repeat(3_000);
        for (int i = 0; i < 60; i++) {
            put(store, "k" + i, filling);
        }
        store.clean();
        assertThat(facts()).hasSizeGreaterThan(2);
        for (int i = 0; i < 30; i++) {
            put(store, "k" + i, filling);
        }
        return new Stranger();
    }

    private String lastFacts() {
        return (String) eval("return {redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][2][4]}")
                .get(0);
    }

    @Test
    void aLaterPassThatANodeLeavesInTheMiddleIsFinishedByAnother() {
        Stranger stranger = strangerBeforeTheSecondPass();
        assertThat(stranger.begin(lastFacts())).containsExactly(1L, 0L, 90L);
        assertThat(stranger.moveFirst()).containsExactly(1L);
        assertThat(left(store)).hasSize(90);
        assertThat(StoreProbe.await(store.scrub(ORDERS)).problems()).isEmpty();
        assertThat(info(store, ORDERS).sizeInBytes()).isEqualTo(storedBytes());
        store.clean();
        assertThat(left(store)).as("it is not left yet").hasSize(90);

        hand.advance(60_000);
        store.clean();
        assertThat(left(store)).hasSize(60).containsKeys(30L, 59L, 60L, 89L);
        assertThat(StoreProbe.await(store.scrub(ORDERS)).problems()).isEmpty();
        assertThat(info(store, ORDERS).sizeInBytes()).isEqualTo(storedBytes());
        assertThat(stranger.moveFirst()).as("its token is old").containsExactly(0L);
        assertThat(left(store)).hasSize(60);
    }

    @Test
    void aMasterThatLacksWhatWasNotedTakesNoPass() {
        Stranger stranger = strangerBeforeTheSecondPass();
        String meta = RawRedis.meta(prefix, ORDERS);
        Map<String, String> before = raw.commands().hgetall(meta);
        assertThat(stranger.begin("1 2 3 4")).containsExactly(0L, 0L, 0L);
        assertThat(raw.commands().hgetall(meta)).isEqualTo(before);

        assertThat(stranger.begin(lastFacts())).containsExactly(1L, 0L, 90L);
        // As on a replica that takes over and has not heard of the pass.
        raw.commands().hset(meta, before);
        assertThat(stranger.moveFirst()).containsExactly(0L);
        assertThat(left(store)).hasSize(90);
        store.clean();
        assertThat(left(store)).hasSize(60);
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
