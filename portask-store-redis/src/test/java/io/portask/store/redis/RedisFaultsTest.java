package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.redis.StoreHands.ORDERS;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.batch;
import static io.portask.store.redis.StoreHands.create;
import static io.portask.store.redis.StoreHands.producerBatch;
import static io.portask.store.redis.StoreHands.until;
import static io.portask.store.redis.StoreHands.untilItAnswers;
import static io.portask.store.redis.StoreHands.values;
import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.protocol.CommandType;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.StoreContext;
import io.portask.store.TopicConfig;
import io.portask.store.contract.StoreProbe;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that goes away, answers late or refuses, while the store runs. */
class RedisFaultsTest {
    private static final String PREFIX = "p:";
    private static final String QUICK = "?timeoutMs=1000&pollMs=50";

    @TempDir
    Path directory;

    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final List<AutoCloseable> open = new ArrayList<>();
    private RedisProcess redis;
    private RawRedis raw;

    @BeforeEach
    void startRedis() throws IOException {
        redis = RedisProcess.start(directory, "--appendonly", "yes", "--appendfsync", "always");
        raw = closedLater(new RawRedis(redis.uri()));
    }

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        redis.close();
    }

    private <T extends AutoCloseable> T closedLater(T resource) {
        open.add(resource);
        return resource;
    }

    private RedisStore start(String uri) {
        RedisStore store = closedLater((RedisStore) new RedisStoreProvider()
                .create(URI.create(uri + "&keyPrefix=" + PREFIX), new StoreContext(meters, Clock.systemUTC())));
        store.start();
        return store;
    }

    private double inFlightBytes() {
        return meters.get("portask.redis.in.flight.bytes").gauge().value();
    }

    private static void assertRetriable(PortaskException error) {
        assertThat(error.code().retriable()).as("%s: %s", error.code(), error).isTrue();
    }

    @Test
    void aKilledRedisIsMissedAndMetAgain() throws Exception {
        RedisStore store = start(redis.uri() + QUICK);
        RedisStore other = start(redis.uri() + QUICK);
        BlockingQueue<Long> ends = new LinkedBlockingQueue<>();
        create(store, "orders", 1);
        await(append(store, "a"));
        assertThat(values(other)).containsExactly("a");
        other.addEndListener((partition, end) -> ends.add(end));

        redis.kill();
        until("the store notices", () -> errorOf(append(store, "lost")).code() == ErrorCode.STORE_UNAVAILABLE);
        for (int i = 0; i < 1_000; i++) {
            assertRetriable(errorOf(append(store, "lost")));
        }
        assertRetriable(errorOf(store.read(ORDERS, 0, 100)));
        assertRetriable(errorOf(store.listTopics()));
        assertRetriable(errorOf(store.describeTopic("orders")));
        assertThat(inFlightBytes()).isZero();

        redis.restart();
        untilItAnswers(store);
        untilItAnswers(other);
        ends.clear();
        assertThat(await(append(store, "b")).baseOffset()).isEqualTo(1);
        until("the other hears of the new end", () -> ends.contains(2L));
        assertThat(values(store)).containsExactly("a", "b");
        assertThat(values(other)).containsExactly("a", "b");
    }

    /** A node that only waits for the end of a partition, and hears nothing between the break and the new connection. */
    @Test
    void anEndThatMovedDuringTheBreakIsFound() throws Exception {
        RedisProxy proxy = closedLater(new RedisProxy(redis.port()));
        RedisStore writer = start(redis.uri() + QUICK);
        RedisStore waiting = start(proxy.uri() + QUICK);
        BlockingQueue<Long> ends = new LinkedBlockingQueue<>();
        create(writer, "orders", 1);
        waiting.addEndListener((partition, end) -> ends.add(end));
        await(waiting.describeTopic("orders"));

        proxy.holdAnswers();
        await(append(writer, "unheard"));
        proxy.cut();
        assertThat(ends.poll(30, TimeUnit.SECONDS)).isEqualTo(1);
    }

    @Test
    void anEndOfATopicMadeAnewDuringTheBreakIsFound() throws Exception {
        RedisProxy proxy = closedLater(new RedisProxy(redis.port()));
        RedisStore writer = start(redis.uri() + QUICK);
        RedisStore waiting = start(proxy.uri() + QUICK);
        BlockingQueue<Long> ends = new LinkedBlockingQueue<>();
        create(writer, "orders", 1);
        waiting.addEndListener((partition, end) -> ends.add(end));
        await(waiting.describeTopic("orders"));
        await(append(writer, "a", "b", "c"));
        assertThat(ends.poll(30, TimeUnit.SECONDS)).isEqualTo(3);

        proxy.holdAnswers();
        await(writer.deleteTopic("orders"));
        create(writer, "orders", 1);
        await(append(writer, "d"));
        proxy.cut();
        until("the new topic's end is found", () -> ends.contains(1L));
    }

    @Test
    void aConnectionForNotificationsThatSaysNothingIsReplaced() throws Exception {
        RedisProxy proxy = closedLater(new RedisProxy(redis.port()));
        RedisStore writer = start(redis.uri() + QUICK);
        RedisStore waiting = start(proxy.uri() + "?timeoutMs=1000&pollMs=50&connections=1");
        create(writer, "orders", 1);
        await(waiting.describeTopic("orders"));

        proxy.holdAnswersOfNewest();
        TopicConfig brief = TopicConfig.DEFAULT.withRetentionMs(60_000);
        await(writer.configureTopic("orders", brief));
        until(
                "the change is seen",
                () -> await(waiting.describeTopic("orders")).config().equals(brief));
    }

    @Test
    void endsAreAskedForAlsoWhenAPartitionIsMissing() {
        RedisStore store = start(redis.uri() + QUICK);
        BlockingQueue<Long> ends = new LinkedBlockingQueue<>();
        create(store, "orders", 2);
        store.addEndListener((partition, end) -> ends.add(end));

        raw.commands().del(RawRedis.meta(PREFIX, ORDERS));
        long polled = polls() + 10;
        until("it was missed", () -> polls() >= polled);
        raw.commands().hset(RawRedis.meta(PREFIX, new TopicPartition("orders", 1)), "end", "7");
        until("the other's end is found", () -> ends.contains(7L));
    }

    private long polls() {
        return meters.timer("portask.redis.commands", "command", "hmget").count();
    }

    @Test
    void anAppendThatWasDoneButNotAnsweredIsNotSentAgain() throws Exception {
        RedisProxy proxy = closedLater(new RedisProxy(redis.port()));
        RedisStore store = start(proxy.uri() + "?timeoutMs=30000");
        create(store, "orders", 1);
        await(append(store, "a"));

        proxy.holdAnswers();
        CompletionStage<AppendResult> unanswered = append(store, "b");
        until("it is stored", () -> raw.entries(PREFIX, ORDERS) == 2);
        proxy.cut();

        assertThat(errorOf(unanswered).code()).isEqualTo(ErrorCode.TIMEOUT);
        untilItAnswers(store);
        assertThat(await(append(store, "c")).baseOffset()).isEqualTo(2);
        assertThat(values(store)).containsExactly("a", "b", "c");
    }

    @Test
    void anAppendThatNeverArrivedIsNotSentAgain() throws Exception {
        RedisStore store = start(redis.uri() + "?timeoutMs=30000");
        create(store, "orders", 1);
        await(append(store, "a"));

        redis.pause();
        CompletionStage<AppendResult> first = append(store, "b");
        CompletionStage<AppendResult> behind = append(store, "c");
        redis.kill();
        assertRetriable(errorOf(first));
        assertRetriable(errorOf(behind));

        redis.restart();
        untilItAnswers(store);
        assertThat(await(append(store, "d")).baseOffset()).isEqualTo(1);
        assertThat(values(store)).containsExactly("a", "d");
    }

    @Test
    void anIdempotentProducerPublishesAgainWhatWasDone() throws Exception {
        RedisProxy proxy = closedLater(new RedisProxy(redis.port()));
        RedisStore store = start(proxy.uri() + "?timeoutMs=30000");
        create(store, "orders", 1);
        await(append(store, ORDERS, producerBatch(7, 0, "a")));

        proxy.holdAnswers();
        CompletionStage<AppendResult> unanswered = append(store, ORDERS, producerBatch(7, 1, "b", "c"));
        until("it is stored", () -> raw.entries(PREFIX, ORDERS) == 2);
        proxy.cut();
        assertRetriable(errorOf(unanswered));

        untilItAnswers(store);
        AppendResult again = await(append(store, ORDERS, producerBatch(7, 1, "b", "c")));
        assertThat(again.duplicate()).isTrue();
        assertThat(again.baseOffset()).isEqualTo(1);
        assertThat(values(store)).containsExactly("a", "b", "c");
    }

    @Test
    void aRedisThatAnswersLateTimesOutAndIsUsedAgain() throws Exception {
        RedisStore store = start(redis.uri() + QUICK);
        create(store, "orders", 1);
        await(append(store, "a"));
        redis.pause();
        assertThat(errorOf(append(store, "late")).code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(errorOf(store.read(ORDERS, 0, 100)).code()).isEqualTo(ErrorCode.TIMEOUT);
        redis.resume();
        untilItAnswers(store);
        await(append(store, "b"));
        assertThat(values(store)).startsWith("a").endsWith("b").hasSizeLessThanOrEqualTo(3);
    }

    /** As when a machine is gone without a word: who waits for it to speak waits for ever. */
    @Test
    void aConnectionThatIsSilentIsGivenUpAndMadeAnew() throws Exception {
        RedisProxy proxy = closedLater(new RedisProxy(redis.port()));
        RedisStore store = start(proxy.uri() + QUICK);
        create(store, "orders", 1);
        await(append(store, "a"));
        proxy.silence();
        assertThat(errorOf(append(store, "unanswered")).code()).isEqualTo(ErrorCode.TIMEOUT);
        untilItAnswers(store);
        until("appends as well", () -> await(append(store, "b").handle((stored, error) -> error == null)));
        assertThat(values(store)).startsWith("a").endsWith("b");
        until("it is healthy", () -> store.health().available());
    }

    @Test
    void aServerThatBeginsToKeepLessIsNoticed() {
        RedisStore store = start(redis.uri() + QUICK);
        create(store, "orders", 1);
        assertThat(await(append(store, "a")).durability()).isEqualTo(Durability.SYNCED);

        raw.commands().configSet("no-appendfsync-on-rewrite", "yes");
        untilItReaches(store, Durability.WRITTEN);
        PortaskException refused = errorOf(store.append(ORDERS, batch("refused"), Durability.SYNCED));
        assertThat(refused.code()).isEqualTo(ErrorCode.DURABILITY_UNAVAILABLE);
        assertThat(refused).hasMessageContaining("no-appendfsync-on-rewrite");
        assertThat(await(append(store, "b")).durability()).isEqualTo(Durability.WRITTEN);

        raw.commands().configSet("no-appendfsync-on-rewrite", "no");
        untilItReaches(store, Durability.SYNCED);
        assertThat(await(append(store, "c")).durability()).isEqualTo(Durability.SYNCED);
        assertThat(values(store)).containsExactly("a", "b", "c");
    }

    @Test
    void whatIsMetAgainIsAskedAgainWhatItKeeps() {
        RedisStore store = start(redis.uri() + "?timeoutMs=1000&pollMs=600000");
        raw.commands().configSet("appendfsync", "everysec");
        raw.call(CommandType.CLIENT, "KILL", "TYPE", "normal");
        untilItReaches(store, Durability.WRITTEN);
    }

    private static void untilItReaches(RedisStore store, Durability level) {
        until("it reaches " + level, () -> store.capabilities().defaultDurability() == level);
    }

    @Test
    void aRedisWithoutMemoryRefusesAppendsOnly() {
        RedisStore store = start(redis.uri() + QUICK);
        create(store, "orders", 1);
        await(append(store, "a"));

        raw.commands().configSet("maxmemory-policy", "noeviction");
        raw.commands().configSet("maxmemory", "1");
        PortaskException refused = errorOf(append(store, "refused"));
        assertThat(refused.code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(refused).hasMessageContaining("orders:0").hasMessageContaining("maxmemory");
        assertThat(errorOf(append(store, ORDERS, producerBatch(7, 0, "refused")))
                        .code())
                .isEqualTo(ErrorCode.OVERLOADED);
        assertThat(values(store)).containsExactly("a");

        raw.commands().configSet("maxmemory", "0");
        assertThat(await(append(store, "b")).baseOffset()).isEqualTo(1);
        await(append(store, ORDERS, producerBatch(7, 0, "c")));
        assertThat(values(store)).containsExactly("a", "b", "c");
    }

    @Test
    void aReplicaRefusesAppendsOnly() throws IOException {
        RedisStore store = start(redis.uri() + QUICK);
        create(store, "orders", 1);
        await(append(store, "a"));

        raw.commands().replicaof("127.0.0.1", RedisProcess.freePort());
        assertThat(errorOf(append(store, "refused")).code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(values(store)).containsExactly("a");

        raw.commands().replicaofNoOne();
        assertThat(await(append(store, "b")).baseOffset()).isEqualTo(1);
        assertThat(values(store)).containsExactly("a", "b");
    }

    @Test
    void aPasswordThatIsNotRightAnyMoreFailsRetriablyUntilItIs() {
        RedisStore store = start(redis.uri() + QUICK);
        create(store, "orders", 1);
        raw.commands().configSet("requirepass", "changed");
        raw.call(CommandType.CLIENT, "KILL", "TYPE", "normal");
        until("it is missed", () -> errorOf(append(store, "lost")).code() == ErrorCode.STORE_UNAVAILABLE);
        until("its health tells", () -> !store.health().available());

        raw.commands().configSet("requirepass", "");
        untilItAnswers(store);
        await(append(store, "a"));
        assertThat(values(store)).containsExactly("a");
    }

    @Test
    void aRightThatIsMissingIsNamed() {
        RedisStore store = start(redis.uri() + QUICK);
        create(store, "orders", 1);
        raw.call(CommandType.ACL, "SETUSER", "default", "-evalsha");
        PortaskException refused = errorOf(append(store, "refused"));
        assertThat(refused.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(refused).hasMessageContaining("Allow it all commands");

        raw.call(CommandType.ACL, "SETUSER", "default", "+@all");
        await(append(store, "a"));
        assertThat(values(store)).containsExactly("a");
    }

    @Test
    void appendsThatWaitTakeBoundedMemory() throws Exception {
        RedisStore store = start(redis.uri() + "?timeoutMs=30000&maxInFlightBytes=6000");
        create(store, "orders", 1);
        await(append(store, "x".repeat(7_000)));

        redis.pause();
        List<CompletionStage<AppendResult>> waiting = new ArrayList<>();
        int most = 6_000 / new PendingAppend(batch("x"), false).cost();
        for (int i = 0; i < most; i++) {
            waiting.add(append(store, "x"));
        }
        PortaskException refused = errorOf(append(store, "x"));
        assertThat(refused.code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(refused).hasMessageContaining("maxInFlightBytes=6000");
        assertThat(inFlightBytes()).isLessThanOrEqualTo(6_000);

        redis.resume();
        waiting.forEach(StoreProbe::await);
        assertThat(await(append(store, "y")).baseOffset()).isEqualTo(most + 1L);
        assertThat(inFlightBytes()).isZero();
    }

    @Test
    void commandsThatWaitAreBounded() throws Exception {
        RedisStore store = start(redis.uri() + "?timeoutMs=30000&connections=1&maxQueuedCommands=50");
        create(store, "orders", 1);
        await(append(store, "a"));

        redis.pause();
        List<CompletionStage<?>> reads = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            reads.add(store.read(ORDERS, 0, 100).thenAccept(io.portask.store.FetchResult::close));
        }
        redis.resume();
        List<String> outcomes = new ArrayList<>();
        for (CompletionStage<?> read : reads) {
            outcomes.add(await(read.handle((done, error) ->
                    error == null ? "read" : PortaskException.of(error).code().name())));
        }
        assertThat(outcomes).hasSize(200).contains("read", "OVERLOADED").containsOnly("read", "OVERLOADED");
        assertThat(values(store)).containsExactly("a");
    }

    @Test
    void scriptsThatRedisForgotAreSentAgain() throws Exception {
        RedisStore store = start(redis.uri() + QUICK);
        create(store, "orders", 1);
        List<CompletionStage<AppendResult>> results = new ArrayList<>();
        List<String> wanted = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            String value = Integer.toString(i);
            wanted.add(value);
            results.add(append(store, ORDERS, i % 2 == 0 ? batch(value) : producerBatch(7, i / 2, value)));
            if (i % 100 == 0) {
                raw.call(CommandType.SCRIPT, "FLUSH");
            }
        }
        for (int i = 0; i < results.size(); i++) {
            assertThat(await(results.get(i)).baseOffset()).isEqualTo(i);
        }
        raw.call(CommandType.SCRIPT, "FLUSH");
        assertThat(values(store)).isEqualTo(wanted);
    }

    @Test
    void aCloseWhileRedisIsAwayEndsWhatWaits() throws Exception {
        RedisStore store = start(redis.uri() + "?timeoutMs=30000");
        create(store, "orders", 1);
        redis.pause();
        CompletionStage<AppendResult> waiting = append(store, "a");
        redis.kill();
        store.close();
        errorOf(waiting);
        assertThat(errorOf(store.read(new TopicPartition("orders", 0), 0, 1)).code())
                .isEqualTo(ErrorCode.CLOSED);
        assertThat(inFlightBytes()).isZero();
    }
}
