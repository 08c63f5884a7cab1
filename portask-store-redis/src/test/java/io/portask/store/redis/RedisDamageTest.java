package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.redis.StoreHands.ORDERS;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.create;
import static io.portask.store.redis.StoreHands.fetch;
import static io.portask.store.redis.StoreHands.info;
import static io.portask.store.redis.StoreHands.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody else wrote under the store's keys: that is named, and the rest goes on. */
class RedisDamageTest {
    private static final TopicPartition OTHERS = new TopicPartition("others", 0);
    private static final int ONE_BATCH = 1;
    private static final int MANY_BYTES = 1 << 20;

    private final String prefix = TestRedis.newPrefix();
    private RedisStore store;
    private RawRedis raw;

    @BeforeEach
    void start() {
        store = TestRedis.store(TestRedis.sharedUri(), prefix);
        store.start();
        raw = new RawRedis(TestRedis.sharedUri());
        create(store, "orders", 1);
        create(store, "others", 1);
        await(append(store, OTHERS, StoreHands.batch("other")));
    }

    @AfterEach
    void close() {
        raw.close();
        store.close();
    }

    private PortaskException readError(long offset) {
        return errorOf(store.read(ORDERS, offset, MANY_BYTES));
    }

    private static void assertCorrupt(PortaskException error, String... hints) {
        assertThat(error.code()).as(error.getMessage()).isEqualTo(ErrorCode.CORRUPT_STORE);
        assertThat(error.getMessage()).contains(hints);
    }

    private static List<String> texts(List<ReceivedMessage> messages) {
        return messages.stream().map(ReceivedMessage::text).toList();
    }

    private List<String> topics() {
        return await(store.listTopics()).stream().map(TopicDescription::name).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 61, 500})
    void aDamagedEntryIsNamedAndReadAround(int bytes) {
        await(append(store, "a", "b"));
        raw.appendDamaged(prefix, ORDERS, bytes);
        await(append(store, "c"));

        assertThat(texts(fetch(store, ORDERS, 0, MANY_BYTES))).containsExactly("a", "b");
        assertCorrupt(readError(2), "orders:0", "offset 2", "Read on at offset 3");
        assertThat(texts(fetch(store, ORDERS, 3, MANY_BYTES))).containsExactly("c");
        assertThat(texts(fetch(store, ORDERS, 1, ONE_BATCH))).containsExactly("b");
        assertThat(values(store, OTHERS)).containsExactly("other");
    }

    @Test
    void anEntryThatIsMissingIsNamedAndReadAround() {
        await(append(store, "a"));
        await(append(store, "b"));
        await(append(store, "c", "d"));
        raw.commands().xdel(RawRedis.log(prefix, ORDERS), "2-0");

        assertThat(texts(fetch(store, ORDERS, 0, MANY_BYTES))).containsExactly("a");
        assertCorrupt(readError(1), "orders:0", "offset 1", "Read on at offset 2");
        assertThat(texts(fetch(store, ORDERS, 2, MANY_BYTES))).containsExactly("c", "d");
    }

    @Test
    void theLastEntryIsMissing() {
        await(append(store, "a"));
        await(append(store, "b"));
        raw.commands().xdel(RawRedis.log(prefix, ORDERS), "2-0");
        assertThat(texts(fetch(store, ORDERS, 0, MANY_BYTES))).containsExactly("a");
        assertCorrupt(readError(1), "orders:0", "offset 1", "Read on at offset 2");
        assertThat(await(append(store, "c")).baseOffset()).isEqualTo(2);
        assertThat(texts(fetch(store, ORDERS, 2, MANY_BYTES))).containsExactly("c");
    }

    @Test
    void aForeignEntryBehindTheEndStopsAppendsOnly() {
        await(append(store, "a"));
        await(append(store, "b"));
        raw.commands().xadd(RawRedis.log(prefix, ORDERS), Map.of("who", "stranger"));

        assertCorrupt(errorOf(append(store, "c")), "orders:0", "offset 2", "Something else writes");
        assertThat(values(store)).containsExactly("a", "b");
        assertThat(info(store, ORDERS).endOffset()).isEqualTo(2);
        await(append(store, OTHERS, StoreHands.batch("more")));
        assertThat(values(store, OTHERS)).containsExactly("other", "more");
    }

    @Test
    void aForeignEntryBetweenTwoIsReadAround() {
        await(append(store, "a"));
        raw.commands()
                .xadd(
                        RawRedis.log(prefix, ORDERS),
                        new io.lettuce.core.XAddArgs().id("1-1"),
                        Map.of("who", "stranger"));
        await(append(store, "b"));
        assertThat(values(store)).containsExactly("a", "b");
    }

    @Test
    void aLogOfTheWrongType() {
        await(append(store, "a"));
        raw.commands().set(RawRedis.log(prefix, ORDERS), "stranger");
        assertCorrupt(readError(0), "orders:0", "offset 0");
        assertCorrupt(errorOf(append(store, "b")), "orders:0", "offset 1");
        assertThat(values(store, OTHERS)).containsExactly("other");
        assertThat(topics()).contains("orders", "others");
    }

    @Test
    void factsOfTheWrongType() {
        raw.commands().set(RawRedis.meta(prefix, ORDERS), "stranger");
        assertCorrupt(readError(0), "orders:0", "offset 0");
        assertCorrupt(errorOf(append(store, "a")), "orders:0");
        assertCorrupt(errorOf(store.describePartition(ORDERS)), "orders:0");
        assertCorrupt(errorOf(store.describeTopic("orders")), "orders:0");
        assertThat(topics()).containsExactly("others");
        assertThat(values(store, OTHERS)).containsExactly("other");
    }

    @ParameterizedTest
    @ValueSource(strings = {"start", "end", "bytes"})
    void factsThatAreNoNumbers(String field) {
        raw.commands().hset(RawRedis.meta(prefix, ORDERS), field, "stranger");
        assertCorrupt(errorOf(store.describePartition(ORDERS)), "orders:0");
        assertThat(topics()).containsExactly("others");
        assertThat(values(store, OTHERS)).containsExactly("other");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void producersOfTheWrongType(int key) {
        await(append(store, ORDERS, StoreHands.producerBatch(7, 0, "a")));
        raw.commands()
                .set(new String(new Keys(prefix).of(ORDERS).all()[key], java.nio.charset.StandardCharsets.UTF_8), "x");
        assertCorrupt(errorOf(append(store, ORDERS, StoreHands.producerBatch(7, 1, "b"))), "orders:0");
        assertCorrupt(errorOf(append(store, "c")), "orders:0");
        assertThat(values(store)).containsExactly("a");
    }

    @Test
    void aDamagedTopicEntryHidesNoOtherTopic() {
        raw.commands().hset(prefix + "topics", "broken", "stranger");
        assertThat(topics()).containsExactly("orders", "others");
        assertCorrupt(errorOf(store.describeTopic("broken")), "'broken'", "hash topics");
        assertCorrupt(errorOf(store.createTopic(new TopicSpec("broken", 1))), "'broken'");
        assertCorrupt(errorOf(append(store, new TopicPartition("broken", 0), StoreHands.batch("a"))), "'broken'");
        await(store.commitOffsets("reader", Map.of(OTHERS, 1L)));
        assertThat(await(store.committedOffsets("reader"))).containsExactly(Map.entry(OTHERS, 1L));
    }

    @Test
    void damagedCommittedOffsetsAreNamed() {
        await(store.commitOffsets("reader", Map.of(OTHERS, 1L)));
        raw.commands().hset(prefix + "offsets:reader", "others", "stranger");
        assertCorrupt(errorOf(store.committedOffsets("reader")), "'reader'");
    }

    /** One topic that is damaged keeps no other from being cleaned, nor its own good part. */
    @Test
    void whatTopicsDoNotKeepGoesInSpiteOfDamage() {
        TopicConfig little = TopicConfig.DEFAULT.withRetentionBytes(1);
        raw.commands().hset(prefix + "topics", "broken", "stranger");
        await(store.createTopic(new TopicSpec("alarms", 1, little)));
        raw.commands().set(RawRedis.meta(prefix, new TopicPartition("alarms", 0)), "stranger");
        await(append(store, "a"));
        raw.appendDamaged(prefix, ORDERS, 10);
        await(append(store, "c"));
        await(append(store, "d"));
        await(store.configureTopic("orders", little));

        store.clean();
        assertThat(info(store, ORDERS).startOffset()).isEqualTo(3);
        assertThat(values(store)).containsExactly("d");
    }
}
