package io.portask.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.MessageStore;
import io.portask.store.TopicSpec;
import io.portask.store.contract.StoreProbe;
import java.io.IOException;
import java.nio.ByteBuffer;
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

/** What {@code minReplicas} promises when the only replica stands still. */
class RedisReplicasTest {
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

    private static RedisPair servers;
    private static RedisProcess master;
    private static RedisProcess replica;

    private final String prefix = TestRedis.newPrefix();
    private MessageStore store;

    @BeforeAll
    static void startServers(@TempDir Path directory) throws IOException {
        servers = RedisPair.start(directory);
        master = servers.master();
        replica = servers.replica();
    }

    @AfterAll
    static void stopServers() {
        servers.close();
    }

    @BeforeEach
    void start() {
        RedisCluster.awaitReplica(master);
        store = TestRedis.store(uri(), prefix);
        store.start();
        store.createTopic(new TopicSpec(ORDERS.topic(), 1))
                .toCompletableFuture()
                .join();
    }

    @AfterEach
    void close() throws Exception {
        replica.resume();
        store.close();
    }

    @Test
    void anAppendIsAcknowledgedNoSoonerThanTheReplicaHasIt() throws Exception {
        assertThat(append(0).toCompletableFuture().join().duplicate()).isFalse();
        stopReplica();
        assertThat(errorOf(append(1))).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(errorOf(append(1))).as("a repeat waits as well").isEqualTo(ErrorCode.TIMEOUT);
        replica.resume();
        assertThat(append(1).toCompletableFuture().join().duplicate()).isTrue();
        assertThat(append(2).toCompletableFuture().join().baseOffset()).isEqualTo(2);
    }

    /** As with the first append to a master that has just been promoted. */
    @Test
    void norWhenTheMasterDoesNotKnowTheScript() throws Exception {
        append(0).toCompletableFuture().join();
        stopReplica();
        RedisAdmin.tell(master.port(), "SCRIPT", "FLUSH");
        assertThat(errorOf(append(1))).isEqualTo(ErrorCode.TIMEOUT);
        replica.resume();
        assertThat(append(1).toCompletableFuture().join().duplicate()).isTrue();
    }

    @Test
    void whatDoesNotWaitForReplicasIsNotKeptByWhatDoes() throws Exception {
        String own = TestRedis.newPrefix();
        try (MessageStore patient = TestRedis.store(master.uri() + "?minReplicas=1&timeoutMs=30000", own)) {
            patient.start();
            StoreHands.create(patient, ORDERS.topic(), 4);
            stopReplica();
            List<CompletionStage<AppendResult>> appends = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                appends.add(patient.append(
                        new TopicPartition(ORDERS.topic(), i), StoreHands.batch("a"), Durability.WRITTEN));
            }
            for (int i = 0; i < 2; i++) {
                String log = RawRedis.log(own, new TopicPartition(ORDERS.topic(), i));
                master.await("an append of each lane", () -> RedisAdmin.answers(master.port(), "1", "XLEN", log));
            }

            assertThat(StoreProbe.await(patient.listTopics())).hasSize(1);
            assertThat(StoreHands.values(patient)).containsExactly("a");
            assertThat(appends).noneMatch(append -> append.toCompletableFuture().isDone());
            replica.resume();
            appends.forEach(StoreProbe::await);
        }
    }

    @Test
    void anAppendThatTooFewReplicasCanHaveIsRefusedUntilTheyAreBack() throws Exception {
        append(0).toCompletableFuture().join();
        replica.kill();
        StoreHands.until("it is noticed", () -> errorOf(append(1)) == ErrorCode.STORE_UNAVAILABLE);
        String before = writes();
        PortaskException refused = StoreProbe.errorOf(append(2));
        assertThat(refused.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(refused).hasMessageContaining("0 of minReplicas=1");
        assertThat(writes()).as("nothing was stored").isEqualTo(before);

        replica.restart();
        StoreHands.until("the replica is back", () -> errorOf(append(1)) == null);
        assertThat(StoreProbe.await(append(2)).baseOffset()).isEqualTo(2);
    }

    /** Else a connection that has written nothing, and waits for replicas to have that, waits for nothing. */
    @Test
    void aRepeatIsAWriteToWaitFor() throws Exception {
        append(0).toCompletableFuture().join();
        String before = writes();
        assertThat(append(0).toCompletableFuture().join().duplicate()).isTrue();
        assertThat(writes()).isNotEqualTo(before);
    }

    @Test
    void aRepeatWaitsOnAnyConnection() throws Exception {
        append(0).toCompletableFuture().join();
        stopReplica();
        assertThat(errorOf(append(1))).isEqualTo(ErrorCode.TIMEOUT);
        try (MessageStore other = TestRedis.store(uri(), prefix)) {
            other.start();
            assertThat(errorOf(append(other, 1))).isEqualTo(ErrorCode.TIMEOUT);
            replica.resume();
            assertThat(append(other, 1).toCompletableFuture().join().duplicate())
                    .isTrue();
        }
    }

    private String writes() throws IOException {
        return RedisAdmin.ask(master.port(), "INFO", "persistence")
                .replaceFirst("(?s).*rdb_changes_since_last_save:(\\d+).*", "$1");
    }

    private String uri() {
        return master.uri() + "?minReplicas=1&timeoutMs=1000";
    }

    /** When the master knows that it has all so far; else {@code WAIT} would wait for too much, and find no fault. */
    private void stopReplica() throws IOException, InterruptedException {
        master.await("the replica's word", () -> {
            try {
                String info = RedisAdmin.ask(master.port(), "INFO", "replication");
                String sent = info.replaceFirst("(?s).*master_repl_offset:(\\d+).*", "$1");
                return info.contains("state=online,offset=" + sent + ",");
            } catch (IOException e) {
                return false;
            }
        });
        replica.pause();
    }

    private CompletionStage<AppendResult> append(int sequence) {
        return append(store, sequence);
    }

    private static CompletionStage<AppendResult> append(MessageStore store, int sequence) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(256)) {
            builder.producer(7, (short) 0, sequence).append(1, null, new byte[] {1}, List.of());
            ByteBuffer built = builder.build();
            return store.append(ORDERS, built, Durability.WRITTEN);
        }
    }

    private static ErrorCode errorOf(CompletionStage<AppendResult> stage) {
        return stage.handle((result, error) ->
                        error == null ? null : PortaskException.of(error).code())
                .toCompletableFuture()
                .join();
    }
}
