package io.portask.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What keeps a store from starting is told in a way that helps, and never tells the password. */
class RedisStartFaultsTest {
    private static final String SECRET = "open-sesame";
    private static final String WRONG = "hocus-pocus";

    private static RedisProcess locked;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        locked = RedisProcess.start(directory, "--requirepass", SECRET);
    }

    @AfterAll
    static void stop() {
        locked.close();
    }

    private static PortaskException startError(String uri) {
        try (RedisStore store = TestRedis.store(uri, "p:")) {
            PortaskException error = catchThrowableOfType(PortaskException.class, store::start);
            assertThat(error).isNotNull();
            for (Throwable each = error; each != null; each = each.getCause()) {
                assertThat(String.valueOf(each.getMessage())).doesNotContain(SECRET, WRONG);
            }
            assertThat(error.getMessage()).doesNotContain("\n");
            return error;
        }
    }

    private static String with(String userAndPassword, String path) {
        return "redis://" + userAndPassword + "127.0.0.1:" + locked.port() + path;
    }

    @Test
    void aRedisThatIsDown() throws IOException {
        int port = RedisProcess.freePort();
        PortaskException error = startError("redis://:" + SECRET + "@127.0.0.1:" + port + "/0?timeoutMs=2000");
        assertThat(error.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(error).hasMessageContaining("127.0.0.1:" + port).hasMessageContaining("Start it");
    }

    @Test
    void aRedisThatAnswersNothing() throws Exception {
        try (java.net.ServerSocket silent =
                new java.net.ServerSocket(0, 50, java.net.InetAddress.getLoopbackAddress())) {
            PortaskException error = startError("redis://127.0.0.1:" + silent.getLocalPort() + "?timeoutMs=300");
            assertThat(error.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
            assertThat(error).hasMessageContaining("127.0.0.1:" + silent.getLocalPort());
        }
    }

    @Test
    void aHostThatIsUnknown() {
        PortaskException error = startError("redis://:" + SECRET + "@no-such-host.invalid:6379?timeoutMs=2000");
        assertThat(error.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(error).hasMessageContaining("no-such-host.invalid:6379");
    }

    @ParameterizedTest
    @ValueSource(strings = {":" + WRONG + "@", "somebody:" + WRONG + "@", ""})
    void aPasswordThatIsWrongOrMissing(String userAndPassword) {
        PortaskException error = startError(with(userAndPassword, ""));
        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
        assertThat(error).hasMessageContaining("127.0.0.1:" + locked.port());
    }

    @Test
    void theRightPassword() {
        try (RedisStore store = TestRedis.store(with(":" + SECRET + "@", "/1"), "p:")) {
            store.start();
        }
    }

    @Test
    void aDatabaseThatIsNotThere() {
        PortaskException error = startError(with(":" + SECRET + "@", "/99"));
        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
        assertThat(error).hasMessageContaining("127.0.0.1:" + locked.port()).hasMessageContaining("DB index");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://:open-sesame@127.0.0.1:99999",
                "redis://:open-sesame@127.0.0.1:x",
                "redis://:open-sesame@127.0.0.1/abc",
                "redis://:open-sesame@",
                "redis://:pa/open-sesame@127.0.0.1:6379",
                "redis://:open-sesame@127.0.0.1/0?timeoutMs=soon",
                "redis-sentinel://:open-sesame@127.0.0.1:26379",
                "redis-cluster://:open-sesame@127.0.0.1:x",
                "redis-cluster://:open-sesame@127.0.0.1:7000/3"
            })
    void aUriThatIsWrong(String uri) {
        PortaskException error = catchThrowableOfType(PortaskException.class, () -> RedisConfig.parse(URI.create(uri)));
        assertThat(error).isNotNull();
        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
        for (Throwable each = error; each != null; each = each.getCause()) {
            assertThat(String.valueOf(each.getMessage())).doesNotContain(SECRET);
        }
    }
}
