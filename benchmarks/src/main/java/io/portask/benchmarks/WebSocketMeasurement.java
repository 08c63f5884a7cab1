package io.portask.benchmarks;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.http.HttpConfig;
import io.portask.http.HttpProtocol;
import io.portask.http.RestApi;
import io.portask.http.live.LiveConfig;
import io.portask.http.live.LiveUpgrade;
import io.portask.net.ConnectionInfo;
import io.portask.record.Message;
import io.portask.transport.NioServer;
import io.portask.transport.NioServerConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Prints what WebSocket clients that are idle or stalled cost a server, and how long one message takes to all of many
 * subscribers. {@code WebSocketMeasurement [IDLE [STALLED]]}; needs a file for each client, and {@code -Xmx4g}.
 */
public final class WebSocketMeasurement implements AutoCloseable {
    private static final int ROUNDS = 5;
    private static final int LARGE_MESSAGES = 128;
    private static final int PUBLISHES = 20_000;
    private static final String VALUE = "x".repeat(100);
    private static final String LARGE_VALUE = "x".repeat(64 << 10);

    private final Path directory = LogFixture.newDirectory();
    private final Broker broker = LogFixture.broker(directory);
    private final NioServer server;
    private final Process clients;
    private final PrintStream commands;
    private final BufferedReader answers;

    private WebSocketMeasurement() throws IOException {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        server = new NioServer(
                NioServerConfig.builder().port(0).maxConnections(20_000).build(),
                List.of(RestApi.builder(broker)
                        .build()
                        .addTo(HttpProtocol.builder(HttpConfig.defaults(), meters))
                        .upgrade("/ws", new LiveUpgrade(broker, LiveConfig.defaults()))
                        .build()),
                meters);
        server.start();
        clients = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WebSocketClients.class.getName(),
                        Integer.toString(server.address().getPort()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        commands = new PrintStream(clients.getOutputStream(), true, StandardCharsets.US_ASCII);
        answers = new BufferedReader(new InputStreamReader(clients.getInputStream(), StandardCharsets.US_ASCII));
        for (String topic : new String[] {"fan", "busy", "warm"}) {
            broker.createTopic(topic, 1);
        }
    }

    public static void main(String[] arguments) throws Exception {
        int idle = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
        int stalled = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000;
        try (WebSocketMeasurement measurement = new WebSocketMeasurement()) {
            measurement.idle(idle);
            measurement.fanOut(idle);
            measurement.stalled(stalled);
        }
        System.exit(0);
    }

    /** @return when it was done */
    private long command(String line) throws IOException {
        commands.println(line);
        return answer();
    }

    private long answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("The clients are gone");
        }
        return Long.parseLong(line.substring("done ".length()));
    }

    private void idle(int count) throws IOException {
        command("stall 200 warm");
        long before = used();
        command("subscribe " + count + " fan");
        print("heap of an idle subscriber, bytes: %d", (used() - before) / count);
    }

    private static long used() {
        for (int i = 0; i < 5; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private void fanOut(int count) throws IOException {
        long[] nanos = new long[3 * ROUNDS];
        for (int i = 0; i < nanos.length; i++) {
            commands.println("await");
            long start = System.nanoTime();
            broker.publish(Message.of("fan", VALUE));
            nanos[i] = answer() - start;
        }
        long[] warm = Arrays.copyOfRange(nanos, nanos.length - ROUNDS, nanos.length);
        Arrays.sort(warm);
        print("one message to the last of %d subscribers, ms: %.1f", count, warm[ROUNDS / 2] / 1e6);
    }

    private void stalled(int count) throws Exception {
        try (HttpPublisher publisher = new HttpPublisher(server.address(), "busy", VALUE.length())) {
            publisher.run(PUBLISHES);
            double alone = publisher.run(PUBLISHES).percentile(99) / 1e3;
            command("stall " + count + " busy");
            stall();
            publisher.run(PUBLISHES);
            double beside = publisher.run(PUBLISHES).percentile(99) / 1e3;
            print("publisher's p99 alone and beside %d stalled subscribers, µs: %.1f, %.1f", count, alone, beside);
        }
        print(
                "bytes queued for a stalled subscriber at most: %d",
                connections().stream()
                        .mapToLong(ConnectionInfo::queuedBytes)
                        .max()
                        .orElse(0));
        print("heap with %d stalled subscribers, MiB: %d", count, used() >> 20);
    }

    /** Publishes far more than the buffers between hold, and waits until nothing moves any more. */
    private void stall() throws InterruptedException {
        for (int i = 0; i < LARGE_MESSAGES; i++) {
            broker.publish(Message.of("busy", LARGE_VALUE));
        }
        long before = -1;
        for (long sent = 0; sent != before; ) {
            before = sent;
            Thread.sleep(1_000);
            sent = connections().stream().mapToLong(ConnectionInfo::bytesOut).sum();
        }
    }

    private List<ConnectionInfo> connections() {
        return server.connections().toCompletableFuture().join();
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    @Override
    public void close() throws IOException {
        clients.destroy();
        server.close();
        broker.close();
        LogFixture.delete(directory);
    }
}
