package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.redis.StoreHands.ORDERS;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.batch;
import static io.portask.store.redis.StoreHands.create;
import static io.portask.store.redis.StoreHands.producerBatch;
import static io.portask.store.redis.StoreHands.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.Range;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.protocol.CommandType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.store.AppendResult;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Batches that are so large that they go to Redis as commands in a transaction, and not as what a script is given. */
class LargeAppendsTest {
    private static final String LARGE = "x".repeat(40_000);
    private static final RedisProcess REDIS = TestRedis.sharedProcess();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final String prefix = TestRedis.newPrefix();
    private RedisStore store;
    private RawRedis raw;

    @BeforeEach
    void start() {
        store = start(REDIS.uri() + "?pollMs=600000");
        raw = new RawRedis(REDIS.uri());
        create(store, "orders", 1);
        await(append(store, "first"));
    }

    @AfterEach
    void close() {
        raw.close();
        store.close();
    }

    private RedisStore start(String uri) {
        RedisStore started = TestRedis.store(uri, prefix, meters, Clock.systemUTC());
        started.start();
        return started;
    }

    private static String large(int number) {
        return LARGE + number;
    }

    private long transactions() {
        return meters.timer("portask.redis.commands", "command", "append_in_transaction")
                .count();
    }

    private long scripts() {
        return meters.timer("portask.redis.commands", "command", "append").count();
    }

    @Test
    void theyAreStoredInOrderAmongOthers() {
        long before = scripts();
        List<CompletionStage<AppendResult>> appends = new ArrayList<>();
        List<String> wanted = new ArrayList<>(List.of("first"));
        for (int i = 0; i < 20; i++) {
            appends.add(append(store, large(i), "small"));
            wanted.addAll(List.of(large(i), "small"));
        }
        for (int i = 0; i < 20; i++) {
            assertThat(await(appends.get(i)).baseOffset()).isEqualTo(1 + 2L * i);
        }
        assertThat(transactions()).isPositive();
        assertThat(scripts()).isEqualTo(before);
        wanted.add("last");
        await(append(store, "last"));
        assertThat(values(store)).isEqualTo(wanted);
    }

    @Test
    void theirEntriesAreAsThoseOfScripts() {
        await(append(store, large(1)));
        StreamMessage<String, String> one = entry(2);
        RedisStore other = start(REDIS.uri() + "?pollMs=600000");
        try (other) {
            await(append(other, large(1)));
        }
        StreamMessage<String, String> byScript = entry(3);
        assertThat(one.getBody().keySet())
                .containsExactlyElementsOf(byScript.getBody().keySet());
        String[] facts = one.getBody().get("i").split(" ");
        String[] factsByScript = byScript.getBody().get("i").split(" ");
        long size = batch(large(1)).remaining();
        assertThat(Long.parseLong(factsByScript[0])).isEqualTo(Long.parseLong(facts[0]) + size);
        assertThat(factsByScript[1]).isEqualTo(facts[1]);
        assertThat(factsByScript[2]).isEqualTo(facts[2]);
        assertThat(facts).hasSameSizeAs(factsByScript);
        assertThat(StoreHands.info(store, ORDERS).sizeInBytes())
                .isEqualTo(batch("first").remaining() + 2 * size);
    }

    private StreamMessage<String, String> entry(long next) {
        return raw.commands()
                .xrange(RawRedis.log(prefix, ORDERS), Range.create(next + "-0", next + "-0"))
                .get(0);
    }

    @Test
    void whatAnotherNodeAppendedMeanwhileIsNoticed() {
        try (RedisStore other = start(REDIS.uri() + "?pollMs=600000")) {
            await(append(other, "of the other"));
            AppendResult late = await(append(store, large(1)));
            assertThat(late.baseOffset()).isEqualTo(2);
            assertThat(await(append(store, large(2))).baseOffset()).isEqualTo(3);
            assertThat(await(append(other, large(3))).baseOffset()).isEqualTo(4);
            assertThat(await(append(store, large(4))).baseOffset()).isEqualTo(5);
        }
        assertThat(values(store)).containsExactly("first", "of the other", large(1), large(2), large(3), large(4));
        assertNothingIsHeld();
    }

    private void assertNothingIsHeld() {
        assertThat(raw.commands().exists(prefix + "{orders:0}:held")).isZero();
    }

    @Test
    void aRepeatIsStoredOnceAndAGapIsRefused() {
        for (int i = 0; i < 4; i++) {
            assertThat(await(append(store, ORDERS, producerBatch(7, i, large(i))))
                            .baseOffset())
                    .isEqualTo(i + 1L);
        }
        long before = transactions();
        AppendResult again = await(append(store, ORDERS, producerBatch(7, 2, large(2))));
        assertThat(again.duplicate()).isTrue();
        assertThat(again.baseOffset()).isEqualTo(3);
        assertThat(transactions()).as("tried, and refused").isGreaterThan(before);
        assertThat(errorOf(append(store, ORDERS, producerBatch(7, 5, large(5)))).code())
                .isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE);
        assertThat(await(append(store, ORDERS, producerBatch(7, 4, large(4)))).baseOffset())
                .isEqualTo(5);
        assertThat(values(store)).containsExactly("first", large(0), large(1), large(2), large(3), large(4));
        assertNothingIsHeld();
    }

    @Test
    void severalOfOneProducerGoTogether() throws Exception {
        REDIS.pause();
        List<CompletionStage<AppendResult>> appends = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            appends.add(append(store, ORDERS, producerBatch(7, i, large(i))));
        }
        REDIS.resume();
        for (int i = 0; i < 8; i++) {
            assertThat(await(appends.get(i)).baseOffset()).isEqualTo(i + 1L);
        }
        assertThat(transactions()).isBetween(1L, 3L);
        assertThat(await(append(store, ORDERS, producerBatch(7, 7, large(7)))).duplicate())
                .isTrue();
    }

    @Test
    void aTopicThatIsGoneOrMadeAnewIsNoticed() {
        try (RedisStore other = start(REDIS.uri() + "?pollMs=600000")) {
            await(other.deleteTopic("orders"));
            assertThat(errorOf(append(store, large(1))).code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC);
            assertThat(raw.commands().exists(RawRedis.log(prefix, ORDERS))).isZero();
            create(other, "orders", 1);
            assertThat(await(append(store, large(2))).baseOffset()).isZero();
            assertThat(await(append(store, large(3))).baseOffset()).isEqualTo(1);
        }
        assertThat(values(store)).containsExactly(large(2), large(3));
        assertNothingIsHeld();
    }

    @Test
    void aFullRedisRefusesThemWhole() {
        raw.commands().configSet("maxmemory", "1");
        try {
            assertThat(errorOf(append(store, large(1))).code()).isEqualTo(ErrorCode.OVERLOADED);
        } finally {
            raw.commands().configSet("maxmemory", "0");
        }
        assertThat(await(append(store, large(2))).baseOffset()).isEqualTo(1);
        assertThat(values(store)).containsExactly("first", large(2));
        assertNothingIsHeld();
    }

    @Test
    void aReplicaRefusesThemWhole() throws IOException {
        raw.commands().replicaof("127.0.0.1", RedisProcess.freePort());
        try {
            assertThat(errorOf(append(store, large(1))).code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        } finally {
            raw.commands().replicaofNoOne();
        }
        assertThat(await(append(store, large(2))).baseOffset()).isEqualTo(1);
        assertThat(values(store)).containsExactly("first", large(2));
    }

    @Test
    void aForeignEntryInTheWayIsNamedAndStaysWhereItIs() {
        String log = RawRedis.log(prefix, ORDERS);
        raw.call(CommandType.XADD, log, "5-0", "foreign", "x");
        assertThat(errorOf(append(store, large(1), large(2))).code()).isEqualTo(ErrorCode.CORRUPT_STORE);
        assertThat(raw.commands().xlen(log)).isEqualTo(2);
        assertNothingIsHeld();
    }

    @Test
    void aForeignKeyInTheWayIsNamedAndStays() {
        String producers = prefix + "{orders:0}:producers";
        raw.commands().set(producers, "foreign");
        assertThat(errorOf(append(store, large(1))).code()).isEqualTo(ErrorCode.CORRUPT_STORE);
        assertThat(raw.commands().get(producers)).isEqualTo("foreign");
        assertThat(values(store)).containsExactly("first");
        raw.commands().del(producers);
        await(append(store, large(2)));
        assertThat(values(store)).containsExactly("first", large(2));
        assertNothingIsHeld();
    }

    /** Whatever sizes, nodes, producers and repeats come in whatever order: as if each had come alone. */
    @Test
    void anyMixOfNodesAndSizesIsAsIfEachHadComeAlone() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<String> wanted = new ArrayList<>(List.of("first"));
        int[] sequences = new int[3];
        try (RedisStore other = start(REDIS.uri() + "?pollMs=600000")) {
            for (int round = 0; round < 60; round++) {
                RedisStore node = random.nextInt(4) == 0 ? other : store;
                List<CompletionStage<AppendResult>> appends = new ArrayList<>();
                List<Long> offsets = new ArrayList<>();
                for (int i = 1 + random.nextInt(5); i > 0; i--) {
                    int producer = random.nextInt(3);
                    String value = random.nextInt(3) == 0 ? "small" + round : large(100 * round + i);
                    boolean again = sequences[producer] > 0 && random.nextInt(6) == 0;
                    int sequence = again ? sequences[producer] - 1 : sequences[producer]++;
                    appends.add(append(node, ORDERS, producerBatch(producer, sequence, value)));
                    offsets.add(again ? -1L : wanted.size());
                    if (!again) {
                        wanted.add(value);
                    }
                }
                for (int i = 0; i < appends.size(); i++) {
                    AppendResult result = await(appends.get(i));
                    assertThat(result.duplicate()).as("seed %d", seed).isEqualTo(offsets.get(i) < 0);
                    if (offsets.get(i) >= 0) {
                        assertThat(result.baseOffset()).as("seed %d", seed).isEqualTo(offsets.get(i));
                    }
                }
            }
        }
        assertThat(values(store)).as("seed %d", seed).isEqualTo(wanted);
        assertThat(transactions()).isPositive();
        assertNothingIsHeld();
    }
}
