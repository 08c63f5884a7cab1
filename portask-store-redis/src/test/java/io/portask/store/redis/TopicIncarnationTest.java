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

import io.lettuce.core.ScriptOutputType;
import io.portask.error.ErrorCode;
import io.portask.record.TopicPartition;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Topics that went and came again without this node having heard of it, or that another node left half done. */
class TopicIncarnationTest {
    private final String prefix = TestRedis.newPrefix();
    private RedisStore store;
    private RawRedis raw;

    @BeforeEach
    void start() {
        store = TestRedis.store(TestRedis.sharedUri(), prefix);
        store.start();
        raw = new RawRedis(TestRedis.sharedUri());
        create(store, "orders", 1);
        await(append(store, "old"));
    }

    @AfterEach
    void close() {
        raw.close();
        store.close();
    }

    private void setEntry(String text) {
        raw.commands().hset(prefix + "topics", "orders", text);
    }

    private String incarnation() {
        return raw.commands().hget(prefix + "topics", "orders").split(" ", -1)[1];
    }

    /** As another node would, but without telling anybody. */
    private void makeAnew(int partitions) {
        setEntry("ready 1000 " + partitions + " -1 -1 86400000");
        for (int i = 0; i < partitions; i++) {
            TopicPartition partition = new TopicPartition("orders", i);
            raw.commands().del(RawRedis.log(prefix, partition), RawRedis.meta(prefix, partition));
            raw.commands()
                    .hset(
                            RawRedis.meta(prefix, partition),
                            Map.of(
                                    "incarnation",
                                    "1000",
                                    "start",
                                    "0",
                                    "end",
                                    "0",
                                    "bytes",
                                    "0",
                                    "dropped",
                                    "0",
                                    "newest",
                                    "-1"));
        }
    }

    @Test
    void whatIsRememberedOfATopicIsLookedUpAgainWhenItIsOutOfDate() {
        makeAnew(4);
        assertThat(await(append(store, "new")).baseOffset()).isZero();
        assertThat(values(store)).containsExactly("new");
    }

    @Test
    void morePartitionsThanRememberedAreFound() {
        makeAnew(4);
        assertThat(await(append(store, new TopicPartition("orders", 3), batch("new")))
                        .baseOffset())
                .isZero();
        assertThat(errorOf(append(store, new TopicPartition("orders", 4), batch("new")))
                        .code())
                .isEqualTo(ErrorCode.UNKNOWN_PARTITION);
    }

    @Test
    void descriptionsAreOfTheTopicThatIsThere() {
        makeAnew(4);
        assertThat(await(store.describeTopic("orders")).partitionCount()).isEqualTo(4);
    }

    @Test
    void commitsAreForTheTopicThatIsThere() {
        makeAnew(1);
        await(store.commitOffsets("c", Map.of(ORDERS, 7L)));
        assertThat(await(store.committedOffsets("c"))).containsExactly(Map.entry(ORDERS, 7L));
        raw.commands().hdel(prefix + "topics", "orders");
        assertThat(errorOf(store.commitOffsets("c", Map.of(ORDERS, 8L))).code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC);
    }

    @Test
    void aLateCreationTouchesNoLaterTopic() {
        String before = incarnation();
        await(store.deleteTopic("orders"));
        create(store, "orders", 1);
        await(append(store, "kept"));
        String tag = prefix + "{orders:0}:";
        raw.commands()
                .eval(
                        Script.CREATE_PARTITION.source(),
                        ScriptOutputType.MULTI,
                        new String[] {tag + "log", tag + "meta", tag + "producers", tag + "silence", tag + "deleted"},
                        before);
        assertThat(values(store)).containsExactly("kept");
    }

    @Test
    void whatANodeLeftHalfRemovedIsFinished() {
        setEntry("deleting " + incarnation() + " 1 -1 -1 86400000");
        store.clean();
        assertThat(raw.commands().exists(RawRedis.log(prefix, ORDERS), RawRedis.meta(prefix, ORDERS)))
                .isZero();
        assertThat(raw.commands().hget(prefix + "topics", "orders")).isNull();
        create(store, "orders", 1);
        assertThat(values(store)).isEmpty();
    }

    @Test
    void whatANodeLeftHalfMadeIsFinished() {
        setEntry("creating 1000 2 -1 -1 86400000");
        store.clean();
        assertThat(raw.commands().hget(prefix + "topics", "orders")).startsWith("ready 1000 2 ");
        assertThat(await(append(store, new TopicPartition("orders", 1), batch("new")))
                        .baseOffset())
                .isZero();
    }

    @Test
    void aProducerOfWhomDamageIsKnownStopsNobodyElse() {
        raw.commands().hset(prefix + "{orders:0}:producers", "7", "5");
        assertThat(errorOf(append(store, ORDERS, producerBatch(7, 0, "lost"))).code())
                .isEqualTo(ErrorCode.CORRUPT_STORE);
        await(append(store, ORDERS, producerBatch(8, 0, "new")));
        assertThat(values(store)).containsExactly("old", "new");
    }
}
