package io.portask.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server in a process of its own, used through the commands that a person would type. */
class ServerProcessTest {
    private static final int LINES = 20_000;

    @TempDir
    private Path directory;

    private static String lines(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
    }

    @Test
    void whatWasPublishedComesBackInOrderAlsoAfterKillAndRestart() throws Exception {
        String sent = lines(0, LINES);
        int port;
        try (ServerProcess server = ServerProcess.start(directory)) {
            port = server.port();
            Cli.Result published =
                    Cli.runWithInput(sent, "publish", "t", "--server", server.address(), "--ack", "written");
            assertThat(published.err()).isEqualTo("published " + LINES + " messages to t\n");
            assertThat(published.exitCode()).isZero();
            assertThat(consumeAll(server)).isEqualTo(sent);
            server.kill();
        }
        try (ServerProcess restarted = ServerProcess.start(directory, port)) {
            assertThat(consumeAll(restarted)).isEqualTo(sent);
            Cli.runWithInput(lines(LINES, LINES + 10), "publish", "t", "--server", restarted.address());
            assertThat(Cli.run("consume", "t", "--from", Integer.toString(LINES), "--server", restarted.address())
                            .out())
                    .isEqualTo(lines(LINES, LINES + 10));
            assertThat(restarted.terminate()).isZero();
            assertThat(restarted.remainingErr()).contains("Portask stopped");
        }
        Cli.Result verified = Cli.run("verify", directory.toString());
        assertThat(verified.out()).contains((LINES + 10) + " records").contains("all good");
        assertThat(verified.exitCode()).isZero();
    }

    private static String consumeAll(ServerProcess server) {
        return Cli.run(
                        "consume",
                        "t",
                        "--from",
                        "earliest",
                        "--max",
                        Integer.toString(LINES),
                        "--server",
                        server.address())
                .out();
    }

    @Test
    void aSecondServerOnTheSameDirectoryIsRefused() throws Exception {
        try (ServerProcess first = ServerProcess.start(directory)) {
            Cli.Result second = Cli.run("serve", "--store", "file:" + directory, "--tcp-port", "0", "--http-port", "0");
            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.err()).contains(directory.toString());
            assertThat(Cli.run("verify", directory.toString()).exitCode()).isEqualTo(1);
            assertThat(first.terminate()).isZero();
        }
    }

    @Test
    void topicsAreManagedAndGroupsResume() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory)) {
            String at = server.address();
            assertThat(Cli.run("topics", "create", "a", "--partitions", "3", "--server", at)
                            .exitCode())
                    .isZero();
            assertThat(Cli.run("topics", "create", "a", "--server", at).err()).contains("already");
            assertThat(Cli.run("topics", "list", "--json", "--server", at).out())
                    .startsWith("{\"topic\":\"a\",\"partitions\":[{\"partition\":0,\"startOffset\":0");
            assertThat(Cli.run("topics", "configure", "a", "--retention-ms", "60000", "--server", at)
                            .err())
                    .contains("configured a, keeps 60000 ms, any size");
            assertThat(Cli.run("topics", "configure", "a", "--retention-messages", "500", "--server", at)
                            .err())
                    .contains("configured a, keeps 60000 ms, any size, 500 messages");
            assertThat(Cli.run("topics", "configure", "a", "--retention-bytes", "0", "--server", at))
                    .satisfies(run -> assertThat(run.exitCode()).isEqualTo(2))
                    .satisfies(run -> assertThat(run.err()).contains("retentionBytes is 0; allowed is 1 or more"));
            assertThat(Cli.run("topics", "describe", "a", "--json", "--server", at)
                            .out())
                    .contains(
                            "\"retentionMs\":60000,\"retentionBytes\":-1,\"retentionMessages\":500,\"compacted\":false");
            Cli.runWithInput(
                    "k1=v1\nk2=v2\nnokey\n",
                    "publish",
                    "a",
                    "--key-separator",
                    "=",
                    "--partition",
                    "1",
                    "--server",
                    at);
            Cli.Result first =
                    Cli.run("consume", "a", "--group", "g", "--max", "1", "--format", "json", "--server", at);
            assertThat(first.out())
                    .contains("\"id\":\"a:1:0\"")
                    .contains("\"key\":\"k1\"")
                    .contains("\"text\":\"v1\"");
            assertThat(Cli.run("consume", "a", "--group", "g", "--server", at).out())
                    .isEqualTo("v2\nnokey\n");
            assertThat(Cli.run("consume", "a", "--group", "g", "--server", at).out())
                    .isEmpty();
            assertThat(Cli.run("topics", "describe", "a", "--server", at).out()).contains("PARTITION");
            assertThat(Cli.run("consume", "b", "--server", at).err()).contains("b");
            assertThat(Cli.run("topics", "delete", "a", "--server", at).exitCode())
                    .isZero();
            assertThat(Cli.run("topics", "describe", "a", "--server", at).exitCode())
                    .isEqualTo(1);
        }
    }

    @Test
    void tokensKeepStrangersOut() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory, "--auth-token", "s3cret")) {
            assertThat(Cli.run("topics", "list", "--server", server.address()).exitCode())
                    .isEqualTo(1);
            assertThat(Cli.run("topics", "list", "--server", server.address(), "--auth-token", "s3cret")
                            .exitCode())
                    .isZero();
        }
    }

    @Test
    void benchPrintsItsFiguresAsJson() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory)) {
            String at = server.address();
            for (String what : new String[] {"produce", "consume"}) {
                assertThat(Cli.run("bench", what, "--records", "1000", "--json", "--server", at)
                                .out())
                        .contains(
                                "\"recordsPerSecond\":", "\"mebibytesPerSecond\":", "\"records\":1000", "\"seconds\":");
            }
            assertThat(Cli.run("bench", "roundtrip", "--records", "200", "--rate", "5000", "--json", "--server", at)
                            .out())
                    .contains("\"p50Us\":", "\"p99Us\":", "\"p999Us\":", "\"maxUs\":", "\"deliver\":");
            assertThat(Cli.run("topics", "list", "--json", "--server", at).out())
                    .isEmpty();
        }
    }

    @Test
    void theBannerNamesTheAddresses() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory)) {
            assertThat(server.banner())
                    .containsPattern(
                            "PORT and HTTP on 127\\.0\\.0\\.1:\\d+ \\| HTTP on 127\\.0\\.0\\.1:\\d+ \\| store file:.* "
                                    + "\\| started in \\d+ ms");
        }
        assertThat(PortaskServer.text(new InetSocketAddress("::1", 9092))).isEqualTo("[0:0:0:0:0:0:0:1]:9092");
    }

    @Test
    void aSignalEndsConsumeThatFollowsWithExitCodeZero() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory)) {
            Cli.runWithInput("first\n", "publish", "t", "--server", server.address());
            Process consume = ServerProcess.command("consume", "t", "--follow", "--server", server.address());
            BufferedReader out = new BufferedReader(new InputStreamReader(consume.getInputStream(), UTF_8));
            assertThat(out.readLine()).isEqualTo("first");
            consume.toHandle().destroy();
            assertThat(consume.waitFor()).isZero();
            assertThat(out.readLine()).isNull();
            assertThat(new String(consume.getErrorStream().readAllBytes(), UTF_8))
                    .isEmpty();
        }
    }
}
