package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    @TempDir
    private Path directory;

    @Test
    void withoutACommandItIsAUsageError() {
        Cli.Result result = Cli.run();
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("Missing command");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve",
                "publish",
                "consume",
                "topics",
                "groups",
                "groups reset",
                "bench",
                "verify",
                "log",
                "log dump",
                "scrub",
                "demo"
            })
    void everyCommandExplainsItself(String command) {
        Cli.Result result = Cli.run((command + " --help").split(" "));
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).startsWith("Usage: portask " + command);
    }

    @Test
    void helpListsTheCommands() {
        assertThat(Cli.run("--help").out())
                .contains("serve", "publish", "consume", "topics", "groups", "bench", "verify", "log", "scrub", "demo");
    }

    @Test
    void theVersionGoesToStdout() {
        assertThat(Cli.run("--version").out()).startsWith("portask ");
    }

    @Test
    void anUnknownOptionIsAUsageErrorInOneLine() {
        Cli.Result result = Cli.run("publish", "t", "--nonsense");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).isEqualTo("portask: Unknown option '--nonsense'; see 'portask publish --help'\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"yesterday", "-1", "2026-11-24"})
    void aMeaninglessStartPositionIsAUsageError(String from) {
        Cli.Result result = Cli.run("consume", "t", "--from=" + from);
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("earliest, latest, an offset or a time");
    }

    @Test
    void aServerThatIsNotThereIsOneLineAndExitCodeOne() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Cli.Result result = Cli.run("topics", "list", "--server", "127.0.0.1:" + port);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err().lines().toList()).singleElement().asString().contains("127.0.0.1:" + port);
    }

    @Test
    void aPortInUseIsOneLineAndExitCodeOne() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Cli.Result result = Cli.run(
                    "serve",
                    "--store",
                    "memory:",
                    "--http-port",
                    "0",
                    "--tcp-port",
                    Integer.toString(socket.getLocalPort()));
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err()).contains("in use").contains(Integer.toString(socket.getLocalPort()));
            Cli.Result http = Cli.run(
                    "serve",
                    "--store",
                    "memory:",
                    "--tcp-port",
                    "0",
                    "--http-port",
                    Integer.toString(socket.getLocalPort()));
            assertThat(http.exitCode()).isEqualTo(1);
            assertThat(http.err()).contains("in use").contains(Integer.toString(socket.getLocalPort()));
        }
    }

    @Test
    void aWiderBindNeedsATokenOrTheWordInsecure() {
        Cli.Result result = Cli.run("serve", "--store", "memory:", "--bind", "0.0.0.0", "--tcp-port", "0");
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("--auth-token").contains("--insecure");
    }

    @Test
    void aDataDirectoryBelowAFileIsOneLineAndExitCodeOne() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Cli.Result result =
                Cli.run("serve", "--store", "file:" + file.resolve("data"), "--tcp-port", "0", "--http-port", "0");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err().lines().toList()).singleElement().asString().contains(file.toString());
    }

    @Test
    void anUnknownKeyInTheConfigurationFileIsNamed() throws IOException {
        Path config = Files.writeString(directory.resolve("portask.properties"), "tcp-prot=1\n");
        Cli.Result result = Cli.run("serve", "--config", config.toString());
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("tcp-prot").contains("tcp-port");
    }

    @Test
    void aMissingConfigurationFileIsNamed() {
        Cli.Result result =
                Cli.run("serve", "--config", directory.resolve("none").toString());
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("there is no such file");
    }

    @Test
    void theFlagBeatsTheVariableWhichBeatsTheFile() throws IOException {
        Path config = Files.writeString(
                directory.resolve("portask.properties"), "bind=192.0.2.1\nstore=memory:\ntcp-port=0\nhttp-port=0\n");
        assertThat(Cli.run("", Map.of(), "serve", "--config", config.toString()).err())
                .contains("192.0.2.1");
        Map<String, String> variable = Map.of("PORTASK_BIND", "192.0.2.2");
        assertThat(Cli.run("", variable, "serve", "--config", config.toString()).err())
                .contains("192.0.2.2");
        assertThat(Cli.run("", variable, "serve", "--config", config.toString(), "--bind", "192.0.2.3")
                        .err())
                .contains("192.0.2.3");
    }

    @Test
    void verifyRefusesADirectoryThatIsNone() {
        Cli.Result result = Cli.run("verify", directory.resolve("none").toString());
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("none");
    }

    @Test
    void theDemoComparesWhatComesBack() {
        Cli.Result result = Cli.run("demo", "--rounds", "3");
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out().lines().filter(line -> line.contains("in order and identical")))
                .hasSize(4)
                .anyMatch(line -> line.startsWith("HTTP "))
                .anyMatch(line -> line.startsWith("WebSocket "));
    }
}
