package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What was typed wrongly exits with 2, on one line that names it; what went wrong exits with 1. */
class UsageErrorTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "frobnicate|Unknown command 'frobnicate'",
                "publis t|Unknown command 'publis' (did you mean publish",
                "topics frob|Unknown command 'frob'; see 'portask topics --help'",
                "topics list more|Unexpected argument 'more'; see 'portask topics list --help'",
                "consume|Missing required parameter: 'TOPIC'; see 'portask consume --help'",
                "consume t --max 0|--max is at least 1, not 0",
                "consume t --format xml|--format",
                "groups|Missing command; one of list",
                "groups reset g|Missing required option: '--to=POSITION'",
                "groups reset g --to nowhere|is not earliest, latest, offset:N, shift:N",
                "groups reset g --to time:7|is not earliest, latest, offset:N, shift:N",
                "groups reset g --to latest --partition 0|--partition needs --topic",
                "publish t --ack maybe|--ack",
                "publish t --partition -1|--partition is 0 or more, not -1",
                "publish t --key-separator=|--key-separator must not be empty",
                "topics create t --partitions 0|--partitions is at least 1, not 0; see 'portask topics create --help'",
                "topics list --server here|--server is 'here'; allowed is host:port",
                "topics list --timeout-ms 0|--timeout-ms is 0; allowed is 1 to",
                "bench produce --records 0|--records is 0; allowed is 1 to 1000000000; see 'portask bench produce --help'",
                "bench roundtrip --records 3000000000|--records is 3000000000; allowed is",
                "bench produce --size 2000000000|--size is 2000000000; allowed is",
                "bench consume --clients 0|--clients is 0; allowed is",
                "bench produce --batch-bytes 1|--batch-bytes is 1; allowed is",
                "serve --store memory: --tcp-port 70000|--tcp-port is 70000; allowed is 0 to 65535",
                "serve --store memory: --partitions 0|--partitions is 0; allowed is 1 to",
                "serve --store memory: --event-loops -1|--event-loops is -1; allowed is 1 to",
                "serve --store memory: --max-batch-bytes 1|--max-batch-bytes is 1; allowed is",
                "serve --store memory: --http-port 70000|--http-port is 70000; allowed is 0 to 65535, or none",
                "serve --store memory: --http-port some|--http-port is some; allowed is 0 to 65535, or none",
                "serve --store memory: --require-encryption --http-port 0|--require-encryption leaves no room for HTTP",
                "serve --store memory: --require-encryption --tcp-http true|--require-encryption leaves no room for HTTP",
                "serve --store memory: --cors-origin https://a/b|--cors-origin has \"https://a/b\"; allowed is",
                "serve --store memory: --http-host-name a:1|--http-host-name has \"a:1\"; allowed are",
                "serve --store memory: --log-level loud|--log-level",
                "serve --store memory: --log-format xml|--log-format",
                "serve --store memory: --tcp-http maybe|--tcp-http",
                "serve --store memory: --http-prot 0|Unknown option '--http-prot' (did you mean --http-port",
                "serve --store memory: --encryption-key foo|An encryption key is written id:key",
                "serve --store s3://x|No store for 's3:'",
                "serve --store nonsense|has no scheme. For a directory write file:nonsense",
                "serve --store memory: --bind no.such.host.invalid|--bind no.such.host.invalid is no address",
            })
    void anOptionThatIsWrongIsNamedOnOneLine(String typed, String error) {
        Cli.Result result = Cli.run(typed.split(" "));
        assertThat(result.err().lines().toList())
                .singleElement()
                .asString()
                .startsWith("portask: ")
                .contains(error);
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
    }

    @Test
    void everyFlagThatIsGivenIsOnAlsoWhenAVariableOrTheFileTurnedItOnBefore() {
        List<OptionSpec> flags = new ArrayList<>();
        collectFlags(new CommandLine(new PortaskCommand(), new CommandFactory(Terminal.system())), flags);
        assertThat(flags)
                .isNotEmpty()
                .allSatisfy(flag ->
                        assertThat(flag.fallbackValue()).as(flag.longestName()).isEqualTo("true"));
        Map<String, String> environment = Map.of("PORTASK_VERBOSE", "true");
        assertThat(Cli.run(
                                "",
                                environment,
                                "verify",
                                "--verbose",
                                directory.resolve("none").toString())
                        .err())
                .contains("\tat ");
    }

    private static void collectFlags(CommandLine command, List<OptionSpec> flags) {
        command.getCommandSpec().options().stream()
                .filter(option -> option.arity().max() == 0 && !option.usageHelp() && !option.versionHelp())
                .forEach(flags::add);
        command.getSubcommands().values().forEach(sub -> collectFlags(sub, flags));
    }

    @Test
    void onlyVerboseShowsTheCause() {
        String none = directory.resolve("none").toString();
        assertThat(Cli.run("verify", none).err().lines()).hasSize(1);
        assertThat(Cli.run("verify", none, "--verbose").err())
                .contains("PortaskException")
                .contains("\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp-port=abc", "tcp-port=\\u12"})
    void aConfigurationFileThatMakesNoSenseIsAUsageError(String text) throws IOException {
        Path config = Files.writeString(directory.resolve("config"), text);
        Cli.Result result = Cli.run("serve", "--store", "memory:", "--config", config.toString());
        assertThat(result.err().lines()).hasSize(1);
        assertThat(result.exitCode()).isEqualTo(2);
    }

    @Test
    void aConfigurationFileThatIsNoTextIsAUsageError() throws IOException {
        Path config = Files.write(directory.resolve("config"), new byte[] {'a', '=', (byte) 0xC3, 0x28});
        Cli.Result result = Cli.run("serve", "--config=" + config);
        assertThat(result.err()).contains(config + ": it is no UTF-8 text");
        assertThat(result.exitCode()).isEqualTo(2);
    }

    @Test
    void aFileInPlaceOfTheDataDirectoryIsAFailure() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Cli.Result result = Cli.run("serve", "--store", "file:" + file, "--tcp-port", "0", "--http-port", "0");
        assertThat(result.err().lines().toList()).singleElement().asString().contains(file.toString());
        assertThat(result.exitCode()).isEqualTo(1);
    }

    @Test
    void dataThatCannotBeWrittenIsAFailure() {
        Cli.Result result = runWithOutputThatFails("No space left on device");
        assertThat(result.err()).isEqualTo("portask: No space left on device\n");
        assertThat(result.exitCode()).isEqualTo(1);
    }

    @Test
    void aReaderWhoHasHadEnoughIsNoFailure() {
        Cli.Result result = runWithOutputThatFails("Broken pipe");
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
    }

    private static Cli.Result runWithOutputThatFails(String how) {
        OutputStream failing = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(how);
            }
        };
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(new ByteArrayInputStream(new byte[0]), failing, err, false);
        return new Cli.Result(Main.run(terminal, Map.of(), "--version"), "", err.toString(StandardCharsets.UTF_8));
    }
}
