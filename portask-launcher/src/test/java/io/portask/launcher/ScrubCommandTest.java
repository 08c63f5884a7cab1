package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code portask scrub} of a server in a process of its own, whose files are damaged while it runs. */
final class ScrubCommandTest {
    @TempDir
    private Path directory;

    private void damage() throws IOException {
        Path segment = directory.resolve("topics/a/1/00000000000000000000.log");
        try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {0x55, 0x55, 0x55, 0x55}), 64);
        }
    }

    @Test
    void runningServerIsScrubbedPartitionByPartition() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory)) {
            String at = server.address();
            Cli.run("topics", "create", "a", "--partitions", "2", "--server", at);
            Cli.runWithInput("one\ntwo\n", "publish", "a", "--partition", "1", "--server", at);
            Cli.runWithInput("three\n", "publish", "b", "--server", at);

            Cli.Result sound = Cli.run("scrub", "--server", at);
            assertThat(sound.err()).isEmpty();
            assertThat(sound.exitCode()).isZero();
            assertThat(sound.out().lines())
                    .satisfiesExactly(
                            line -> assertThat(line).isEqualTo("a:0: 0 batches, 0 bytes, all good"),
                            line -> assertThat(line).startsWith("a:1: ").endsWith(" bytes, all good"),
                            line -> assertThat(line).startsWith("b:0: 1 batches, "),
                            line -> assertThat(line)
                                    .startsWith("3 partitions: ")
                                    .endsWith(", all good"));

            damage();
            Cli.Result damaged = Cli.run("scrub", "--server", at);
            assertThat(damaged.exitCode()).isEqualTo(1);
            assertThat(damaged.err()).startsWith("problem: a:1: offsets 0 to ").hasLineCount(1);
            assertThat(damaged.out()).containsPattern("a:1: \\d+ batches, \\d+ bytes, 1 problems");

            Cli.Result json = Cli.run("scrub", "--topic", "a", "--json", "--server", at);
            assertThat(json.exitCode()).isEqualTo(1);
            assertThat(json.out().lines())
                    .satisfiesExactly(
                            line -> assertThat(line)
                                    .isEqualTo("{\"topic\":\"a\",\"partition\":0,\"batches\":0,\"bytes\":0,"
                                            + "\"problems\":[]}"),
                            line -> assertThat(line)
                                    .startsWith("{\"topic\":\"a\",\"partition\":1,")
                                    .contains("\"problems\":[{\"firstOffset\":0,\"lastOffset\":"),
                            line -> assertThat(line)
                                    .startsWith("{\"partitions\":2,\"batches\":")
                                    .endsWith(",\"problems\":1}"));

            assertThat(Cli.run("scrub", "--topic", "b", "--server", at).exitCode())
                    .isZero();
            Cli.Result unknown = Cli.run("scrub", "--topic", "c", "--server", at);
            assertThat(unknown.exitCode()).isEqualTo(1);
            assertThat(unknown.err()).hasLineCount(1).contains("c");
        }
    }

    @Test
    void storeThatDoesNotScrubIsOneLineAndExitCodeOne() throws Exception {
        try (ServerProcess server = ServerProcess.start("memory:", 0)) {
            String at = server.address();
            Cli.runWithInput("one\n", "publish", "a", "--server", at);
            Cli.Result result = Cli.run("scrub", "--server", at);
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err()).isEqualTo("portask: This store does not scrub\n");
        }
    }

    @Test
    void meaninglessWaitIsAUsageError() {
        assertThat(Cli.run("scrub", "--max-wait-minutes=-1").exitCode()).isEqualTo(2);
    }
}
