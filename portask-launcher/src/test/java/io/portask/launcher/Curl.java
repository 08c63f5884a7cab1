package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Runs command lines with curl against a server, as a person would type them, by the shell. */
final class Curl {
    private static final String STATUS = "\n[status] ";
    private static final String CONNECTS = " [connects] ";

    private final String address;
    private final Path home;

    /** What came back: the last response's status, the connections opened for it, and all that was printed before. */
    record Answer(int status, int connects, String body) {}

    /** @param home a directory for a configuration that has curl tell the status, be silent, and end in time */
    Curl(String address, Path home) throws IOException {
        ForeignClient.CURL.assumed();
        this.address = address;
        this.home = home;
        Files.writeString(
                home.resolve(".curlrc"),
                "silent\nshow-error\nmax-time = 30\nwrite-out = \"\\n[status] %{http_code} [connects] %{num_connects}\\n\"\n");
    }

    private Map<String, String> environment() {
        return Map.of("CURL_HOME", home.toString(), "NO_PROXY", "*");
    }

    /** @param command names the server as the documents do, by {@code localhost:8080} */
    Answer run(String command) throws IOException {
        ForeignProcess run =
                ForeignProcess.run("sh", List.of("-c", DocumentBlocks.at(address, command)), environment());
        assertThat(run.exitCode()).as("%s printed %s", command, run.output()).isZero();
        int end = run.output().lastIndexOf(STATUS);
        String[] numbers = run.output().substring(end + STATUS.length()).strip().split(Pattern.quote(CONNECTS));
        return new Answer(
                Integer.parseInt(numbers[0]),
                Integer.parseInt(numbers[1]),
                run.output().substring(0, end));
    }

    /** Of a response that does not end: its lines up to the first that is enough; told of each line as it comes. */
    String follow(String command, Predicate<String> enough) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", "exec " + DocumentBlocks.at(address, command));
        builder.environment().putAll(environment());
        Process process = builder.redirectErrorStream(true).start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            StringBuilder seen = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                seen.append(line).append('\n');
                if (enough.test(line)) {
                    return seen.toString();
                }
            }
            throw new AssertionError(command + " ended after " + seen);
        } finally {
            process.destroyForcibly();
        }
    }
}
