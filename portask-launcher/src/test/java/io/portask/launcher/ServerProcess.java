package io.portask.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real {@code portask serve} in a process of its own, on a free port. */
final class ServerProcess implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("PORT(?: and HTTP)? on (127\\.0\\.0\\.1:\\d+)");
    private static final Pattern HTTP = Pattern.compile("\\| HTTP on (127\\.0\\.0\\.1:\\d+)");
    private static final int PATIENCE_SECONDS = 30;

    private final Process process;
    private final BufferedReader err;
    private final String address;
    private final String banner;

    private ServerProcess(Process process, BufferedReader err, String address, String banner) {
        this.process = process;
        this.err = err;
        this.address = address;
        this.banner = banner;
    }

    /** A command line in a process of its own. */
    static Process command(String... arguments) throws IOException {
        return java(Main.class, List.of(arguments)).start();
    }

    static ServerProcess start(Path directory, String... moreOptions) throws IOException {
        return start(directory, 0, moreOptions);
    }

    static ServerProcess start(Path directory, int port, String... moreOptions) throws IOException {
        return start("file:" + directory, port, moreOptions);
    }

    static ServerProcess start(String store, int port, String... moreOptions) throws IOException {
        return start(store, port, line -> {}, moreOptions);
    }

    /** @param onLine told of each line of standard error until the server is reachable */
    static ServerProcess start(String store, int port, Consumer<String> onLine, String... moreOptions)
            throws IOException {
        List<String> options =
                new ArrayList<>(List.of("serve", "--store", store, "--tcp-port", Integer.toString(port)));
        if (!List.of(moreOptions).contains("--http-port")) {
            options.addAll(List.of("--http-port", "0"));
        }
        options.addAll(List.of(moreOptions));
        Process process = command(options.toArray(String[]::new));
        BufferedReader err =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        StringBuilder seen = new StringBuilder();
        for (String line = err.readLine(); line != null; line = err.readLine()) {
            seen.append(line).append('\n');
            onLine.accept(line);
            Matcher matcher = ADDRESS.matcher(line);
            if (matcher.find()) {
                return new ServerProcess(process, err, matcher.group(1), seen.toString());
            }
        }
        throw new IOException("The server did not start: " + seen);
    }

    /** A JVM of its own with this one's class path, tuned to start fast. */
    static ProcessBuilder java(Class<?> main, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(arguments);
        return new ProcessBuilder(command);
    }

    /** What the server said until it was reachable. */
    String banner() {
        return banner;
    }

    String address() {
        return address;
    }

    /** Of the port for HTTP alone. */
    String httpAddress() {
        Matcher matcher = HTTP.matcher(banner);
        if (!matcher.find()) {
            throw new IllegalStateException("No HTTP: " + banner);
        }
        return matcher.group(1);
    }

    int port() {
        return Integer.parseInt(address.substring(address.indexOf(':') + 1));
    }

    /** kill -9. */
    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        process.waitFor();
    }

    /** SIGTERM; returns the exit code. */
    int terminate() throws InterruptedException {
        process.toHandle().destroy();
        return exitCode();
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("The server did not stop");
        }
        return process.exitValue();
    }

    /** What the server says after its banner, until it ends. */
    String remainingErr() throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line = err.readLine(); line != null; line = err.readLine()) {
            text.append(line).append('\n');
        }
        return text.toString();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
