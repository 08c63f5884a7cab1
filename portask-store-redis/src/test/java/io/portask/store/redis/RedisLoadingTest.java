package io.portask.store.redis;

import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.redis.StoreHands.ORDERS;
import static io.portask.store.redis.StoreHands.append;
import static io.portask.store.redis.StoreHands.create;
import static io.portask.store.redis.StoreHands.until;
import static io.portask.store.redis.StoreHands.untilItAnswers;
import static io.portask.store.redis.StoreHands.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that is there and still loads what it has to hold. */
class RedisLoadingTest {
    private static final String QUICK = "?pollMs=50";

    private LoadingRedis redis;
    private RedisStore store;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException {
        redis = LoadingRedis.start(directory);
        store = TestRedis.store(redis.uri() + QUICK, "p:");
        store.start();
        create(store, "orders", 1);
        await(append(store, "a"));
    }

    @AfterEach
    void close() {
        if (store != null) {
            store.close();
            redis.close();
        }
    }

    private static void assertLoading(PortaskException error) {
        assertThat(error.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(error).hasMessageContaining("LOADING");
    }

    @Test
    void whatIsAskedMeanwhileFailsRetriablyAndTheStoreGoesOnAfterwards() throws Exception {
        redis.restartLoading();
        until(
                "it is connected again",
                () -> errorOf(append(store, "lost")).getMessage().contains("LOADING"));
        assertLoading(errorOf(append(store, "lost")));
        assertLoading(errorOf(store.read(ORDERS, 0, 100)));
        assertLoading(errorOf(store.listTopics()));
        until("its health tells", () -> store.health().text().contains("LOADING"));
        assertThat(store.health().available()).isFalse();

        redis.finishLoading();
        untilItAnswers(store);
        assertThat(await(append(store, "b")).baseOffset()).isEqualTo(1);
        assertThat(values(store)).containsExactly("a", "b");
        until("it is healthy", () -> store.health().available());
    }

    @Test
    void aStartIsRefusedInAWayThatIsWorthWaitingFor() throws Exception {
        redis.restartLoading();
        try (RedisStore other = TestRedis.store(redis.uri() + QUICK, "p:")) {
            assertLoading(catchThrowableOfType(PortaskException.class, other::start));
        }
        redis.finishLoading();
        try (RedisStore other = TestRedis.store(redis.uri() + QUICK, "p:")) {
            other.start();
            assertThat(values(other)).containsExactly("a");
        }
    }
}
