package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.store.redis.LoadingRedis;
import io.portask.store.redis.RedisProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers in processes of their own that share one Redis, used through the commands that a person would type. */
class RedisServerTest {
    private static final int LINES = 20_000;

    @TempDir
    private Path directory;

    private RedisProcess redis;

    @BeforeEach
    void startRedis() throws Exception {
        redis = RedisProcess.start(directory);
    }

    @AfterEach
    void stopRedis() {
        redis.close();
    }

    private static String lines(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
    }

    private static Cli.Result publish(ServerProcess server, int from, int to) {
        return Cli.runWithInput(lines(from, to), "publish", "t", "--server", server.address(), "--ack", "written");
    }

    private static String consume(ServerProcess server, String from, int count) {
        String max = Integer.toString(count);
        return Cli.run("consume", "t", "--from", from, "--max", max, "--server", server.address())
                .out();
    }

    @Test
    void twoServersAreOneBrokerAndOneGoesOnWhenTheOtherIsKilled() throws Exception {
        try (ServerProcess first = ServerProcess.start(redis.uri(), 0);
                ServerProcess second = ServerProcess.start(redis.uri(), 0)) {
            assertThat(publish(first, 0, LINES).err()).isEqualTo("published " + LINES + " messages to t\n");
            assertThat(consume(second, "earliest", LINES)).isEqualTo(lines(0, LINES));
            assertThat(consumeAsGroup(first, 4)).isEqualTo(lines(0, 4));
            assertThat(consumeAsGroup(second, 6)).isEqualTo(lines(4, 10));
            manageTopicsAtEither(first, second);
            first.kill();
            assertThat(publish(second, LINES, LINES + 10).exitCode()).isZero();
            assertThat(consume(second, Integer.toString(LINES), 10)).isEqualTo(lines(LINES, LINES + 10));
            assertLevelIsRefused(second);
            assertThat(second.terminate()).isZero();
        }
    }

    private static String consumeAsGroup(ServerProcess server, int count) {
        String max = Integer.toString(count);
        return Cli.run("consume", "t", "--group", "g", "--max", max, "--server", server.address())
                .out();
    }

    private static void manageTopicsAtEither(ServerProcess first, ServerProcess second) {
        Cli.run("topics", "create", "a", "--partitions", "3", "--server", first.address());
        assertThat(Cli.run("topics", "create", "a", "--server", second.address())
                        .err())
                .contains("already");
        Cli.run("topics", "configure", "a", "--retention-ms", "60000", "--server", second.address());
        assertThat(Cli.run("topics", "describe", "a", "--json", "--server", first.address())
                        .out())
                .contains("60000");
        assertThat(Cli.run("topics", "delete", "a", "--server", second.address())
                        .exitCode())
                .isZero();
        assertThat(Cli.run("topics", "describe", "a", "--server", first.address())
                        .err())
                .contains("There is no topic 'a'");
    }

    private static void assertLevelIsRefused(ServerProcess server) {
        Cli.Result refused = Cli.runWithInput("x\n", "publish", "t", "--ack", "synced", "--server", server.address());
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("appendonly yes");
    }

    @Test
    void aServerOnRedisIsScrubbedAndCompactsTopics() throws Exception {
        try (ServerProcess server = ServerProcess.start(redis.uri(), 0)) {
            String at = server.address();
            Cli.run("topics", "create", "c", "--compacted", "true", "--server", at);
            Cli.runWithInput("k=1\nk=2\n", "publish", "c", "--key-separator", "=", "--server", at);
            Cli.Result keyless = Cli.runWithInput("x\n", "publish", "c", "--server", at);
            assertThat(keyless.exitCode()).isEqualTo(1);
            assertThat(keyless.err()).contains("takes no message without a key");

            Cli.Result sound = Cli.run("scrub", "--server", at);
            assertThat(sound.err()).isEmpty();
            assertThat(sound.exitCode()).isZero();
            assertThat(sound.out()).startsWith("c:0: ").contains(", all good");

            assertThat(redis.ask("XTRIM", "portask:{c:0}:log", "MAXLEN", "0")).isNotEqualTo("0");
            Cli.Result damaged = Cli.run("scrub", "--topic", "c", "--server", at);
            assertThat(damaged.exitCode()).isEqualTo(1);
            assertThat(damaged.err()).startsWith("problem: c:0: offsets 0 to 1: in Redis: no entry holds them");
        }
    }

    @Test
    void aServerWaitsForRedisWhenItIsToldTo() throws Exception {
        redis.kill();
        Cli.Result impatient = Cli.run("serve", "--store", redis.uri(), "--tcp-port", "0", "--http-port", "0");
        assertThat(impatient.exitCode()).isEqualTo(1);
        assertThat(impatient.err())
                .contains(redis.uri().replace("redis://", ""))
                .contains("cannot be reached");
        AtomicBoolean waited = new AtomicBoolean();
        try (ServerProcess server = ServerProcess.start(
                redis.uri(), 0, line -> restartOnceItWaits(line, waited), "--wait-for-store", "60")) {
            assertThat(waited).isTrue();
            assertThat(publish(server, 0, 3).exitCode()).isZero();
        }
    }

    private void restartOnceItWaits(String line, AtomicBoolean waited) {
        if (line.contains("waiting up to") && waited.compareAndSet(false, true)) {
            try {
                assertThatItStarts(line.substring(line.indexOf("health on ") + "health on ".length()));
                redis.restart();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static void assertThatItStarts(String address) throws IOException, InterruptedException {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        Map<String, Integer> expected = Map.of("/health/live", 200, "/health/ready", 503, "/api/v1/topics", 503);
        for (Map.Entry<String, Integer> each : expected.entrySet()) {
            URI uri = URI.create("http://" + address + each.getKey());
            assertThat(client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                            .statusCode())
                    .as(each.getKey())
                    .isEqualTo(each.getValue());
        }
    }

    @Test
    void aServerWaitsWhileRedisLoadsWhenItIsToldTo() throws Exception {
        try (LoadingRedis loading = LoadingRedis.start(directory.resolve("loading"))) {
            loading.restartLoading();
            Cli.Result impatient = Cli.run("serve", "--store", loading.uri(), "--tcp-port", "0", "--http-port", "0");
            assertThat(impatient.exitCode()).isEqualTo(1);
            assertThat(impatient.err()).contains("LOADING");
            AtomicBoolean waited = new AtomicBoolean();
            try (ServerProcess server = ServerProcess.start(
                    loading.uri(), 0, line -> finishOnceItWaits(loading, line, waited), "--wait-for-store", "60")) {
                assertThat(waited).isTrue();
                assertThat(publish(server, 0, 3).exitCode()).isZero();
            }
        }
    }

    private static void finishOnceItWaits(LoadingRedis loading, String line, AtomicBoolean waited) {
        if (line.contains("waiting up to") && waited.compareAndSet(false, true)) {
            try {
                loading.finishLoading();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void noPasswordIsShown() {
        Cli.Result result = Cli.run(
                "serve",
                "--store",
                "redis://me:secret@127.0.0.1:1/0?timeoutMs=100",
                "--tcp-port",
                "0",
                "--http-port",
                "0");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).doesNotContain("secret");
        assertThat(Cli.run("serve", "--store", "redis://me:secret@127.0.0.1:1/0?wrong=1")
                        .err())
                .contains("'wrong' is no parameter")
                .doesNotContain("secret");
        for (String wrong : List.of(":secret@127.0.0.1:6379", "redis://:pa%zzsecret@x", "redis://:pa/secret@x:6379")) {
            Cli.Result refused = Cli.run("serve", "--verbose", "--store", wrong);
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.err()).doesNotContain("secret");
        }
    }
}
