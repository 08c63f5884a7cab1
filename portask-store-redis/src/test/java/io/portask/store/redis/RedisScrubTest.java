package io.portask.store.redis;

import static io.portask.store.redis.StoreHands.ORDERS;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.batch;
import static io.portask.store.redis.StoreHands.create;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.XAddArgs;
import io.portask.error.ErrorCode;
import io.portask.store.ScrubReport;
import io.portask.store.contract.StoreProbe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A scrub names what is not as the store left it. */
class RedisScrubTest {
    private final String prefix = TestRedis.newPrefix();
    private RedisStore store;
    private RawRedis raw;

    @BeforeEach
    void start() {
        store = TestRedis.store(TestRedis.sharedUri(), prefix);
        store.start();
        raw = new RawRedis(TestRedis.sharedUri());
        create(store, "orders", 1);
    }

    @AfterEach
    void close() {
        raw.close();
        store.close();
    }

    private ScrubReport scrub() {
        return StoreProbe.await(store.scrub(ORDERS));
    }

    private void add(String id, String field, String value) {
        raw.commands().xadd(RawRedis.log(prefix, ORDERS), new XAddArgs().id(id), Map.of(field, value));
    }

    private static void assertOne(ScrubReport report, long first, long last, String text) {
        assertThat(report.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.firstOffset()).isEqualTo(first);
            assertThat(problem.lastOffset()).isEqualTo(last);
            assertThat(problem.text()).contains(text);
        });
    }

    @Test
    void everyBatchOfManyStepsIsCounted() {
        String value = "x".repeat(100_000);
        for (int i = 0; i < 9; i++) {
            StoreProbe.await(append(store, value, "" + i));
        }
        StoreProbe.await(store.trim(ORDERS, 3));
        ScrubReport report = scrub();
        assertThat(report.problems()).isEmpty();
        assertThat(report.batches()).isEqualTo(8);
        assertThat(report.bytes()).isEqualTo(8L * batch(value, "0").remaining());
    }

    @Test
    void damagedEntriesAreNamedAndTheRestIsRead() {
        StoreProbe.await(append(store, "a", "b"));
        raw.appendDamaged(prefix, ORDERS, 500);
        StoreProbe.await(append(store, "c"));
        ScrubReport report = scrub();
        assertOne(report, 2, 2, "entry 3-0");
        assertThat(report.batches()).isEqualTo(2);
    }

    @Test
    void flippedBitOfABatchIsNamed() {
        StoreProbe.await(append(store, "a"));
        byte[] damaged = batch("b", "c").array();
        damaged[damaged.length - 1] ^= 1;
        try (RawRedis.Bytes bytes = new RawRedis.Bytes(TestRedis.sharedUri())) {
            bytes.appendEntry(new Keys(prefix).of(ORDERS), damaged, 3);
        }
        StoreProbe.await(append(store, "d"));
        assertOne(scrub(), 1, 2, "entry 3-0");
    }

    @Test
    void missingEntriesAreNamed() {
        StoreProbe.await(append(store, "a"));
        StoreProbe.await(append(store, "b", "c"));
        StoreProbe.await(append(store, "d"));
        raw.commands().xdel(RawRedis.log(prefix, ORDERS), "3-0");
        assertOne(scrub(), 1, 2, "no entry");
        raw.commands().xdel(RawRedis.log(prefix, ORDERS), "4-0");
        assertThat(scrub().problems()).singleElement().satisfies(problem -> {
            assertThat(problem.firstOffset()).isEqualTo(1);
            assertThat(problem.lastOffset()).isEqualTo(3);
        });
    }

    @Test
    void foreignEntryBehindTheEndIsNamed() {
        StoreProbe.await(append(store, "a"));
        add("99999999999999999-7", "who", "stranger");
        assertOne(scrub(), 1, 1, "99999999999999999-7");
    }

    @Test
    void logOfTheWrongTypeIsNamed() {
        StoreProbe.await(append(store, "a", "b"));
        raw.commands().set(RawRedis.log(prefix, ORDERS), "stranger");
        assertOne(scrub(), 0, 1, "Something else writes");
    }

    @Test
    void factsOfTheWrongTypeAreNamed() {
        raw.commands().set(RawRedis.meta(prefix, ORDERS), "stranger");
        assertOne(scrub(), 0, 0, "Something else writes");
    }

    @Test
    void deletionsThatNobodyUnderstandsAreNamed() {
        StoreProbe.await(append(store, "a", "b"));
        String deleted = Keys.text(new Keys(prefix).of(ORDERS).deleted());
        raw.commands().zadd(deleted, 1, "stranger");
        assertOne(scrub(), 0, 1, "deleted messages of orders:0");
        assertThat(StoreProbe.errorOf(store.read(ORDERS, 0, 100)).code()).isEqualTo(ErrorCode.CORRUPT_STORE);
    }

    @Test
    void scrubsThatWaitAreRefusedWhenTheStoreIsClosed() {
        StoreProbe.await(append(store, "x".repeat(1000)));
        List<CompletionStage<ScrubReport>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(store.scrub(ORDERS));
        }
        store.close();
        for (CompletionStage<ScrubReport> each : all) {
            StoreProbe.await(each.handle((report, error) -> {
                assertThat(error == null || StoreProbe.errorOf(each).code() == ErrorCode.CLOSED)
                        .isTrue();
                return true;
            }));
        }
    }
}
