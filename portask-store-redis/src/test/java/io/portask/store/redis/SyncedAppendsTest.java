package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.redis.StoreHands.ORDERS;
import static io.portask.store.redis.StoreHands.batch;
import static io.portask.store.redis.StoreHands.create;
import static io.portask.store.redis.StoreHands.info;
import static io.portask.store.redis.StoreHands.producerBatch;
import static io.portask.store.redis.StoreHands.until;
import static io.portask.store.redis.StoreHands.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.StoreCapabilities;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is {@code SYNCED} on a Redis that syncs every second. */
class SyncedAppendsTest {
    private static final int PARTITIONS = 3;

    private static RedisProcess redis;
    private static boolean modern;

    private final String prefix = TestRedis.newPrefix();
    private SyncingProxy proxy;
    private RedisStore store;

    @BeforeAll
    static void startServer(@TempDir Path directory) throws IOException {
        redis = RedisProcess.start(directory, "--appendonly", "yes", "--appendfsync", "everysec");
        modern = redis.ask("COMMAND", "INFO", "WAITAOF").contains("waitaof");
        System.err.println("SyncedAppendsTest runs with "
                + redis.ask("INFO", "server").replaceFirst("(?s).*((redis|valkey)_version:\\S+).*", "$1")
                + (modern ? " and its WAITAOF" : ", which has no WAITAOF: what is synced is up to a proxy"));
        // Else the first append is sent twice, and waited for twice.
        redis.ask("SCRIPT", "LOAD", Script.APPEND.source());
    }

    @AfterAll
    static void stopServer() {
        redis.close();
    }

    @BeforeEach
    void start() throws IOException {
        proxy = new SyncingProxy(redis.port());
        store = TestRedis.store(proxy.uri() + "?pollMs=600000", prefix);
        store.start();
        create(store, "orders", PARTITIONS);
    }

    @AfterEach
    void close() throws IOException {
        proxy.release();
        store.close();
        proxy.close();
    }

    private CompletionStage<AppendResult> append(String value) {
        return store.append(ORDERS, batch(value), Durability.SYNCED);
    }

    /** Blocks until it is stored, and no longer. */
    private CompletionStage<AppendResult> appendUnsynced(String value, long end) {
        CompletionStage<AppendResult> append = append(value);
        until("it is stored", () -> info(store, ORDERS).endOffset() == end);
        return append;
    }

    @Test
    void aServerIsAskedWhetherItCanTellWhatIsSynced() {
        try (RedisStore direct = TestRedis.store(redis.uri(), TestRedis.newPrefix())) {
            direct.start();
            create(direct, "orders", 1);
            StoreCapabilities capabilities = direct.capabilities();
            assertThat(capabilities.defaultDurability()).isEqualTo(Durability.WRITTEN);
            CompletionStage<AppendResult> append = direct.append(ORDERS, batch("a"), Durability.SYNCED);
            if (modern) {
                assertThat(capabilities.maxDurability()).isEqualTo(Durability.SYNCED);
                assertThat(await(append).durability()).isEqualTo(Durability.SYNCED);
            } else {
                assertThat(capabilities.maxDurability()).isEqualTo(Durability.WRITTEN);
                assertThat(errorOf(append))
                        .hasMessageContaining("has no WAITAOF")
                        .extracting(PortaskException::code)
                        .isEqualTo(ErrorCode.DURABILITY_UNAVAILABLE);
                assertThat(values(direct)).isEmpty();
            }
        }
    }

    @Test
    void whatNeverSyncsRefuses() throws IOException {
        RedisAdmin.tell(redis.port(), "CONFIG", "SET", "appendfsync", "no");
        try (RedisStore other = TestRedis.store(proxy.uri(), prefix)) {
            other.start();
            assertThat(other.capabilities().maxDurability()).isEqualTo(Durability.WRITTEN);
            assertThat(errorOf(other.append(ORDERS, batch("a"), Durability.SYNCED)))
                    .hasMessageContaining("appendfsync is no");
        } finally {
            RedisAdmin.tell(redis.port(), "CONFIG", "SET", "appendfsync", "everysec");
        }
    }

    @Test
    void anAppendIsAcknowledgedWhenItIsSynced() {
        assertThat(store.capabilities().maxDurability()).isEqualTo(Durability.SYNCED);
        proxy.hold();
        CompletionStage<AppendResult> append = appendUnsynced("a", 1);
        assertThat(await(store.append(ORDERS, batch("b"), Durability.WRITTEN)).durability())
                .as("what does not wait for it is not kept")
                .isEqualTo(Durability.WRITTEN);
        assertThat(append.toCompletableFuture()).isNotDone();
        proxy.release();
        assertThat(await(append)).isEqualTo(new AppendResult(0, 1, Durability.SYNCED, false));
        assertThat(values(store)).containsExactly("a", "b");
        assertThat(proxy.waits()).containsExactly("WAITAOF 1 0 2500");
    }

    @Test
    void oneWaitServesAllThatCameBefore() {
        proxy.hold();
        List<CompletionStage<AppendResult>> appends = new ArrayList<>(List.of(appendUnsynced("a", 1)));
        for (int i = 0; i < 20; i++) {
            appends.add(store.append(new TopicPartition("orders", i % PARTITIONS), batch("b"), Durability.SYNCED));
        }
        for (int i = 0; i < PARTITIONS; i++) {
            TopicPartition partition = new TopicPartition("orders", i);
            until("all are stored", () -> info(store, partition).endOffset() >= 20 / PARTITIONS);
        }
        assertThat(appends).noneMatch(append -> append.toCompletableFuture().isDone());
        proxy.release();
        appends.forEach(append -> assertThat(await(append).durability()).isEqualTo(Durability.SYNCED));
        assertThat(proxy.waits()).hasSizeBetween(2, 3);
    }

    @Test
    void whatIsNotSyncedInTimeIsNotAcknowledged() {
        proxy.answer(SyncingProxy.NOT_SYNCED);
        PortaskException error = errorOf(store.append(ORDERS, producerBatch(7, 0, "a"), Durability.SYNCED));
        assertThat(error.code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(error).hasMessageContaining("not synced it in 2500 ms").hasMessageContaining("It is stored");
        proxy.answer(SyncingProxy.SYNCED);
        AppendResult again = await(store.append(ORDERS, producerBatch(7, 0, "a"), Durability.SYNCED));
        assertThat(again).isEqualTo(new AppendResult(0, 1, Durability.SYNCED, true));
        assertThat(proxy.waits()).as("a repeat waits as well").hasSize(2);
    }

    @Test
    void anAppendOnlyFileThatIsTurnedOffIsNamed() {
        proxy.answer("-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n");
        PortaskException error = errorOf(append("a"));
        assertThat(error.code()).isEqualTo(ErrorCode.DURABILITY_UNAVAILABLE);
        assertThat(error).hasMessageContaining("stored all the same");
    }

    /** The new one has written nothing, and would wait for nothing. */
    @Test
    void aConnectionThatBreaksDoesNotSpeakForTheOneBefore() throws IOException {
        proxy.hold();
        CompletionStage<AppendResult> first = appendUnsynced("a", 1);
        CompletionStage<AppendResult> second = appendUnsynced("b", 2);
        int before = proxy.connections();
        int cut = proxy.cutOthers();
        until("they come back", () -> proxy.connections() >= before + cut);
        StoreHands.untilItAnswers(store);
        proxy.release();
        assertThat(await(first).durability()).isEqualTo(Durability.SYNCED);
        PortaskException error = errorOf(second);
        assertThat(error.code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(error).hasMessageContaining("It is stored");
        assertThat(await(append("c")).durability()).isEqualTo(Durability.SYNCED);
    }
}
