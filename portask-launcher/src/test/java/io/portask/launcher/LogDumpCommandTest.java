package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.broker.Broker;
import io.portask.record.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LogDumpCommandTest {
    private static final String FIRST_SEGMENT = "00000000000000000000.log";

    @TempDir
    private Path directory;

    private void publish() {
        try (Broker broker = Broker.open("file:" + directory)) {
            broker.publish(Message.of("t", "k", "hello").withHeader("h", "x").withTimestamp(1));
            broker.publish(Message.of("t", new byte[] {(byte) 0xff}).withTimestamp(2));
        }
    }

    private Cli.Result dump(String... more) {
        List<String> args = new ArrayList<>(List.of("log", "dump", directory.toString(), "--topic", "t"));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    @Test
    void eachBatchIsALine() {
        publish();
        Cli.Result result = dump("--partition", "0");
        assertThat(result.exitCode()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out().lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith(FIRST_SEGMENT + " byte ") && line.endsWith(" bytes, crc ok"))
                .first()
                .asString()
                .contains(" byte 0: offsets 0 to 0, 1 records, no producer, compression none, ");
    }

    @Test
    void jsonHasTheSameAndTheRecords() {
        publish();
        Cli.Result result = dump("--partition", "0", "--format", "json", "--records");
        assertThat(result.exitCode()).isZero();
        List<String> lines = result.out().lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0))
                .contains(FIRST_SEGMENT)
                .contains("\"position\":0,\"baseOffset\":0,\"lastOffset\":0,\"records\":1,\"producerId\":null,")
                .endsWith("\"crcOk\":true}");
        assertThat(lines.get(1))
                .isEqualTo(
                        "{\"id\":\"t:0:0\",\"topic\":\"t\",\"partition\":0,\"offset\":0,\"timestamp\":1,\"key\":\"k\","
                                + "\"headers\":[{\"name\":\"h\",\"value\":\"x\"}],\"text\":\"hello\"}");
        assertThat(lines.get(3)).contains("\"valueBase64\":\"/w==\"");
    }

    @Test
    void fromAndMaxBoundTheDump() {
        publish();
        assertThat(dump("--partition", "0", "--max", "1").out()).hasLineCount(1).contains("offsets 0 to 0");
        assertThat(dump("--partition", "0", "--from", "1").out())
                .hasLineCount(1)
                .contains("offsets 1 to 1");
    }

    @Test
    void damageIsNamedAndMakesTheExitCodeOne() throws IOException {
        publish();
        Path segment = directory.resolve("topics/t/0").resolve(FIRST_SEGMENT);
        byte[] bytes = Files.readAllBytes(segment);
        bytes[65] ^= 1;
        Files.write(segment, bytes);
        Cli.Result text = dump("--partition", "0", "--records");
        assertThat(text.exitCode()).isEqualTo(1);
        assertThat(text.out().lines())
                .hasSize(4)
                .satisfiesExactly(
                        line -> assertThat(line).startsWith(FIRST_SEGMENT + " byte 0 (offset 0): DAMAGED: "),
                        line -> assertThat(line).endsWith("crc WRONG"),
                        line -> assertThat(line).endsWith("crc ok"),
                        line -> assertThat(line).startsWith("  {\"id\":\"t:0:1\""));
        Cli.Result json = dump("--partition", "0", "--format", "json");
        assertThat(json.exitCode()).isEqualTo(1);
        assertThat(json.out()).contains("\"damage\":\"", "\"torn\":false", "\"crcOk\":false");
    }

    @ParameterizedTest
    @CsvSource({"--partition,1", "--partition=0,--from=3"})
    void whatIsNotThereIsOneLineAndExitCodeOne(String first, String second) {
        publish();
        Cli.Result result = dump(first, second);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource({"--partition=0,--max=0", "--partition=0,--from=-1", "--max=1,--records", "--partition=0,--format=xml"})
    void meaninglessOptionsAreUsageErrors(String first, String second) {
        Cli.Result result = dump(first, second);
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
    }

    @Test
    void directoriesWithoutAStoreAndUnknownTopicsAreRefused() {
        assertThat(dump("--partition", "0").exitCode()).isEqualTo(1);
        publish();
        assertThat(Cli.run("log", "dump", directory.toString(), "--topic", "u", "--partition", "0")
                        .err())
                .contains("no topic u")
                .contains("[t]");
        assertThat(Cli.run("log").exitCode()).isEqualTo(2);
    }

    @Test
    void runningStoreIsRefused() {
        try (Broker broker = Broker.open("file:" + directory)) {
            broker.publish(Message.of("t", "x"));
            Cli.Result result = dump("--partition", "0");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err()).contains(directory.toString());
        }
    }
}
