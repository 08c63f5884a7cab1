package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.redis.StoreHands.ORDERS;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.batch;
import static io.portask.store.redis.StoreHands.create;
import static io.portask.store.redis.StoreHands.until;
import static io.portask.store.redis.StoreHands.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Appends beyond {@code maxInFlightBytes} with {@code whenFull=wait}. */
class WaitingAppendsTest {
    private static final int COST = new PendingAppend(batch(text(0)), false).cost();
    private static final int MOST = 10;
    private static final String BOUND = "maxInFlightBytes=" + MOST * COST + "&whenFull=wait";
    private static final RedisProcess REDIS = TestRedis.sharedProcess();

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private RedisStore store;

    @AfterEach
    void close() throws Exception {
        REDIS.resume();
        store.close();
    }

    /** All of the same length. */
    private static String text(int number) {
        return "m" + (100 + number);
    }

    private void start(String parameters) {
        String uri = REDIS.uri() + "?" + BOUND + "&" + parameters;
        store = TestRedis.store(uri, TestRedis.newPrefix(), meters, Clock.systemUTC());
        store.start();
        create(store, "orders", 2);
        await(append(store, text(0)));
    }

    private double bytes(String meter) {
        return meters.get("portask.redis." + meter + ".bytes").gauge().value();
    }

    private List<CompletionStage<AppendResult>> appendAll(int from, int to) {
        List<CompletionStage<AppendResult>> all = new ArrayList<>();
        for (int i = from; i < to; i++) {
            all.add(append(store, text(i)));
        }
        return all;
    }

    @Test
    void theyWaitForRoomAndKeepTheirOrder() throws Exception {
        start("timeoutMs=30000");
        REDIS.pause();
        List<CompletionStage<AppendResult>> waiting = appendAll(1, 2 * MOST);
        assertThat(waiting).noneMatch(each -> each.toCompletableFuture().isDone());
        assertThat(bytes("in.flight")).isBetween(1.0, (double) MOST * COST);
        assertThat(bytes("waiting")).isBetween(1.0, (double) MOST * COST);
        REDIS.resume();
        for (int i = 1; i < 2 * MOST; i++) {
            assertThat(await(waiting.get(i - 1)).baseOffset()).isEqualTo(i);
        }
        assertThat(values(store))
                .isEqualTo(IntStream.range(0, 2 * MOST)
                        .mapToObj(WaitingAppendsTest::text)
                        .toList());
        until("all is given back", () -> bytes("in.flight") + bytes("waiting") == 0);
    }

    @Test
    void whatWaitsIsBoundedAsWell() throws Exception {
        start("timeoutMs=30000");
        REDIS.pause();
        List<CompletionStage<AppendResult>> waiting = appendAll(1, 2 * MOST);
        PortaskException refused = null;
        while (refused == null) {
            CompletionStage<AppendResult> more = append(store, "x");
            if (more.toCompletableFuture().isCompletedExceptionally()) {
                refused = errorOf(more);
            } else {
                waiting.add(more);
            }
        }
        assertThat(refused.code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(refused).hasMessageContaining("maxInFlightBytes=" + MOST * COST);
        assertThat(bytes("in.flight") + bytes("waiting")).isLessThanOrEqualTo(2 * MOST * COST);
        REDIS.resume();
        waiting.forEach(each -> assertThat(await(each).duplicate()).isFalse());
    }

    @Test
    void whatWaitsTooLongIsNotStored() throws Exception {
        start("timeoutMs=300");
        REDIS.pause();
        List<CompletionStage<AppendResult>> waiting = appendAll(1, 2 * MOST);
        for (CompletionStage<AppendResult> each : waiting) {
            assertThat(errorOf(each).code().retriable()).isTrue();
        }
        assertThat(errorOf(waiting.get(waiting.size() - 1))).hasMessageMatching(".*(waited|was not tried).*");
        REDIS.resume();
        StoreHands.untilItAnswers(store);
        await(append(store, "after"));
        assertThat(values(store)).startsWith(text(0)).endsWith("after").doesNotContain(text(2 * MOST - 1));
        until("all is given back", () -> bytes("in.flight") + bytes("waiting") == 0);
    }

    @Test
    void aCloseRefusesWhatWaits() throws Exception {
        start("timeoutMs=30000");
        REDIS.pause();
        List<CompletionStage<AppendResult>> waiting = appendAll(1, 2 * MOST);
        Thread closing = new Thread(store::close);
        closing.start();
        assertThat(errorOf(waiting.get(waiting.size() - 1)).code()).isEqualTo(ErrorCode.CLOSED);
        REDIS.resume();
        closing.join();
        assertThat(bytes("waiting")).isZero();
    }

    @Test
    void oneThatIsLargerThanTheBoundGoesAlone() {
        start("timeoutMs=30000");
        String large = "x".repeat(2 * MOST * COST);
        CompletionStage<AppendResult> one = append(store, large);
        CompletionStage<AppendResult> other = append(store, new TopicPartition("orders", 1), batch(large));
        assertThat(await(one).baseOffset()).isEqualTo(1);
        assertThat(await(other).baseOffset()).isZero();
        assertThat(await(append(store, "last")).baseOffset()).isEqualTo(2);
        assertThat(values(store, ORDERS)).containsExactly(text(0), large, "last");
    }

    @Test
    void theChoicesAreNamed() {
        start("timeoutMs=30000");
        PortaskException error = catchThrowableOfType(
                PortaskException.class, () -> RedisConfig.parse(URI.create("redis://127.0.0.1?whenFull=panic")));
        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
        assertThat(error).hasMessageContaining("whenFull is 'panic' and must be fail or wait");
    }
}
