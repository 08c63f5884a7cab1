package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests and input that a running server or a command refuses, or takes as they are. */
class BadInputTest {
    @TempDir
    private static Path directory;

    private static ServerProcess server;

    @BeforeAll
    static void startServer() throws IOException {
        server = ServerProcess.start(directory);
        assertThat(Cli.runWithInput("a\nb\nc\n", "publish", "t", "--server", server.address())
                        .exitCode())
                .isZero();
    }

    @AfterAll
    static void stopServer() throws InterruptedException {
        server.close();
    }

    private static void assertFails(Cli.Result result, String... errors) {
        assertThat(result.err().lines().toList())
                .singleElement()
                .asString()
                .startsWith("portask: ")
                .contains(errors);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
    }

    private static Cli.Result run(String... args) {
        return Cli.run("", Map.of("PORTASK_SERVER", server.address()), args);
    }

    private static Cli.Result publish(byte[] input, String... args) {
        return Cli.run(input, Map.of("PORTASK_SERVER", server.address()), args);
    }

    @Test
    void anUnknownTopicIsNamed() {
        assertFails(run("consume", "nope"), "There is no topic 'nope'");
        assertFails(run("topics", "describe", "nope"), "There is no topic 'nope'");
        assertFails(run("topics", "delete", "nope"), "There is no topic 'nope'");
    }

    @Test
    void anUnknownPartitionIsNamedWithThoseThatAreThere() {
        assertFails(
                publish("x\n".getBytes(StandardCharsets.UTF_8), "publish", "t", "--partition", "7"),
                "Topic t has partitions 0 to 0, not 7");
    }

    @Test
    void anOffsetOutOfRangeSaysTheValidRange() {
        assertFails(run("consume", "t", "--from", "4"), "Offset 4 of t:0 is out of range; valid is 0 to 3");
        assertThat(run("consume", "t", "--from", "3").exitCode()).isZero();
    }

    @Test
    void aTopicNameThatIsNoneSaysWhatIsAllowed() {
        assertFails(publish("x\n".getBytes(StandardCharsets.UTF_8), "publish", "bad topic"), "A-Z a-z 0-9 . _ -");
    }

    @Test
    void tooManyPartitionsSayHowManyThereMayBe() {
        assertFails(run("topics", "create", "many", "--partitions", "100000000"), "1 to 10000 partitions");
    }

    @Test
    void emptyInputPublishesNothing() {
        Cli.Result result = publish(new byte[0], "publish", "empty");
        assertThat(result.err()).isEqualTo("published 0 messages to empty\n");
        assertThat(result.exitCode()).isZero();
    }

    @Test
    void aLineOfTwoMebibytesGoesThrough() {
        String line = "x".repeat(2 << 20) + "\n";
        assertThat(publish(line.getBytes(StandardCharsets.UTF_8), "publish", "long")
                        .exitCode())
                .isZero();
        assertThat(run("consume", "long").out()).isEqualTo(line);
    }

    @Test
    void aLineThatIsTooLongSaysHowLongOneMayBe() {
        assertFails(publish(new byte[5 << 20], "publish", "longer"), "longer than 4194304 bytes");
    }

    @Test
    void bytesThatAreNoTextComeBackAsTheyAre() {
        byte[] noise = new byte[100_000];
        new Random(7).nextBytes(noise);
        noise[noise.length - 1] = '\n';
        assertThat(publish(noise, "publish", "noise").exitCode()).isZero();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        consume("noise", out);
        assertThat(out.toByteArray()).isEqualTo(noise);
        assertThat(run("consume", "noise", "--format", "json", "--max", "1").out())
                .contains("\"valueBase64\":");
    }

    @Test
    void aReaderWhoHasHadEnoughEndsConsumeWithoutAnError() {
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        assertThat(consume("t", closed)).isZero();
    }

    private static int consume(String topic, OutputStream out) {
        Terminal terminal =
                new Terminal(new ByteArrayInputStream(new byte[0]), out, new ByteArrayOutputStream(), false);
        return Main.run(terminal, Map.of("PORTASK_SERVER", server.address()), "consume", topic);
    }

    @Test
    void aProgressBarIsDrawnForAPersonOnly() {
        assertThat(benchErr(true)).contains("produce [");
        assertThat(benchErr(false)).isEmpty();
    }

    private static String benchErr(boolean interactive) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal =
                new Terminal(new ByteArrayInputStream(new byte[0]), new ByteArrayOutputStream(), err, interactive);
        Map<String, String> environment = Map.of("PORTASK_SERVER", server.address(), "PORTASK_RECORDS", "20000");
        assertThat(Main.run(terminal, environment, "bench", "produce")).isZero();
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void benchWithLargeRecordsFitsIntoMemory() {
        assertThat(run("bench", "produce", "--records", "10", "--size", "3000000")
                        .err())
                .isEmpty();
    }

    @Test
    void roundtripSendsOnAllItsConnections() {
        assertThat(run("bench", "roundtrip", "--clients", "3", "--records", "300", "--json")
                        .out())
                .contains("\"clients\":3", "\"records\":300,");
    }
}
