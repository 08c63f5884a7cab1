package io.portask.store.redis;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A Redis of one's own, on a free port of the loopback interface, with its files in a directory that is given. */
public final class RedisProcess implements AutoCloseable {
    private static final int ATTEMPTS = 5;
    private static final int PATIENCE_S = 30;

    private final Path directory;
    private final List<String> file;
    private final List<String> options;
    private final int port;
    private Process process;

    private RedisProcess(Path directory, int port, List<String> file, List<String> options) throws IOException {
        this.directory = directory;
        this.file = file;
        this.options = options;
        this.port = port;
        this.process = launch();
    }

    /** Starts one with these options of {@code redis-server}; nothing is saved unless they say so. */
    public static RedisProcess start(Path directory, String... options) throws IOException {
        return start(directory, List.of(), List.of(options));
    }

    /** Starts a sentinel with these lines in its configuration. */
    static RedisProcess startSentinel(Path directory, String... lines) throws IOException {
        Path file = Files.createDirectories(directory).resolve("sentinel.conf");
        Files.write(file, List.of(lines));
        return start(directory, List.of(file.toString()), List.of("--sentinel"));
    }

    private static RedisProcess start(Path directory, List<String> file, List<String> options) throws IOException {
        for (int attempt = 1; ; attempt++) {
            RedisProcess started = new RedisProcess(directory, freePort(), file, options);
            if (started.awaitReady()) {
                return started;
            }
            started.close();
            if (attempt == ATTEMPTS) {
                throw new IOException("Redis does not start, see " + Files.readString(started.log()));
            }
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The server of the machine, or else the one that comes with the tests. */
    static Path binary() throws IOException {
        Path installed = onPath("redis-server");
        return installed != null ? installed : Bundled.BINARY;
    }

    static Path onPath(String name) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            Path candidate = Path.of(directory, name);
            if (!directory.isEmpty() && Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        return null;
    }

    private static final class Bundled {
        static final Path BINARY = unpack();

        private static Path unpack() {
            String os = System.getProperty("os.name").startsWith("Mac") ? "darwin" : "linux";
            String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
            String name = os.equals("linux") && arch.equals("arm64")
                    ? "redis-server-6.2.7-linux-arm64"
                    : "redis-server-6.2.6-v5-" + os + "-" + arch;
            try (InputStream in = RedisProcess.class.getResourceAsStream("/" + name)) {
                Path file = Files.createTempFile("portask-redis-server", "");
                file.toFile().deleteOnExit();
                Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
                if (!file.toFile().setExecutable(true)) {
                    throw new IOException(file + " cannot be made executable");
                }
                return file;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private Process launch() throws IOException {
        Files.createDirectories(directory);
        List<String> command = new ArrayList<>(List.of(binary().toString()));
        command.addAll(file);
        command.addAll(List.of(
                "--bind", "127.0.0.1", "--port", Integer.toString(port), "--dir", directory.toString(), "--save", ""));
        command.addAll(options);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log().toFile())
                .start();
    }

    private Path log() {
        return directory.resolve("redis-" + port + ".log");
    }

    private boolean awaitReady() throws IOException {
        return PortProbe.awaitPong(port, process, TimeUnit.SECONDS.toNanos(PATIENCE_S)) && isOurs();
    }

    /** Whether it is this process that answers on the port; one that asks for a password first is believed. */
    private boolean isOurs() throws IOException {
        String info = RedisAdmin.ask(port, "INFO", "server");
        return process.isAlive()
                && (info.startsWith("NOAUTH") || info.contains("process_id:" + process.pid() + "\r\n"));
    }

    int port() {
        return port;
    }

    public String uri() {
        return "redis://127.0.0.1:" + port;
    }

    /** Sends a command as a stranger, and returns the answer as text. */
    public String ask(String... words) throws IOException {
        return RedisAdmin.ask(port, words);
    }

    /** As {@code kill -9}. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** After {@link #kill}; blocks for nothing. */
    void relaunch() throws IOException {
        process = launch();
    }

    /** After {@link #kill}. */
    public void restart() throws IOException {
        relaunch();
        if (!awaitReady()) {
            throw new IOException("Redis does not start again, see " + Files.readString(log()));
        }
    }

    /** It keeps its connections and answers nothing. */
    void pause() throws IOException, InterruptedException {
        signal("-STOP");
    }

    void resume() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", name, Long.toString(process.pid())).start().waitFor();
    }

    /** Blocks until something is so; the process must live. */
    void await(String what, BooleanSupplier condition) {
        RedisAdmin.await(what, process, condition);
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        try {
            kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
