package io.portask.launcher;

import io.portask.broker.BrokerConfig;
import io.portask.client.Consumer;
import io.portask.client.ConsumerConfig;
import io.portask.client.PortaskClient;
import io.portask.client.Producer;
import io.portask.client.ProducerConfig;
import io.portask.http.HttpConfig;
import io.portask.protocol.PortConfig;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.transport.NioServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code portask demo}: a whole server, and a text that goes through it and back, in one process. */
@Command(
        name = "demo",
        description =
                "Start a whole server on a free port, publish a text over TCP, consume it, compare; then the same "
                        + "through all doors: TCP, HTTP and WebSocket.")
final class DemoCommand implements Callable<Integer> {
    private static final String TOPIC = "demo";
    private static final int MAX_LINE_BYTES = 1 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "The text to send, one message a line (default: the Apache License).")
    private @Nullable Path file;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "500",
            description = "How many times the text is sent (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rounds < 1) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--rounds is at least 1, not " + rounds);
        }
        List<byte[]> lines = lines();
        Path directory = Files.createTempDirectory("portask-demo");
        try (PortaskServer server = server(directory)) {
            server.listen();
            server.start();
            String address = PortaskServer.text(server.tcpAddress());
            PrintWriter out = spec.commandLine().getOut();
            out.println("server   PORT, HTTP and WebSocket on " + address + ", store file:" + directory);
            try (PortaskClient client = PortaskClient.connect(address)) {
                publish(client, lines);
                return consume(client, lines) && showDoors(new DemoDoors(client, address)) ? 0 : 1;
            }
        } finally {
            delete(directory);
        }
    }

    private static PortaskServer server(Path directory) {
        NioServerConfig freePort = NioServerConfig.builder().port(0).build();
        return new PortaskServer(
                new ServerConfig(
                        directory.toUri().toString(),
                        BrokerConfig.defaults(),
                        PortConfig.builder().serverVersion(Version.current()).build(),
                        HttpConfig.defaults(),
                        freePort,
                        true,
                        null),
                null);
    }

    private List<byte[]> lines() throws IOException {
        List<byte[]> lines = new ArrayList<>();
        try (InputStream in = file == null ? bundledText() : Files.newInputStream(file)) {
            LineReader reader = new LineReader(in, MAX_LINE_BYTES);
            for (byte[] line = reader.next(); line != null; line = reader.next()) {
                lines.add(line);
            }
        }
        return lines;
    }

    private static InputStream bundledText() throws IOException {
        InputStream text = DemoCommand.class.getResourceAsStream("/demo.txt");
        if (text == null) {
            throw new IOException("The bundled text demo.txt is missing from the jar");
        }
        return text;
    }

    private void publish(PortaskClient client, List<byte[]> lines) {
        long startNs = System.nanoTime();
        try (Producer producer = client.producer(
                ProducerConfig.builder().durability(Durability.SYNCED).build())) {
            for (int round = 0; round < rounds; round++) {
                for (byte[] line : lines) {
                    producer.send(TOPIC, 0, null, line, null);
                }
            }
            producer.flush();
        }
        report("publish", "acknowledged as synced", (long) rounds * lines.size(), startNs);
    }

    private boolean consume(PortaskClient client, List<byte[]> lines) {
        long startNs = System.nanoTime();
        long expected = (long) rounds * lines.size();
        long seen = 0;
        try (Consumer consumer =
                client.consumer(ConsumerConfig.builder().topic(TOPIC).build())) {
            while (seen < expected) {
                List<ReceivedMessage> messages = consumer.poll(PATIENCE);
                if (messages.isEmpty()) {
                    spec.commandLine()
                            .getErr()
                            .println("portask: only " + seen + " of " + expected + " messages came back");
                    return false;
                }
                for (ReceivedMessage message : messages) {
                    byte[] sent = lines.get((int) (seen % lines.size()));
                    if (message.offset() != seen || !Arrays.equals(sent, message.value())) {
                        spec.commandLine()
                                .getErr()
                                .println("portask: message " + message.id() + " differs from what was sent");
                        return false;
                    }
                    seen++;
                }
            }
        }
        report("consume", "in order and identical", seen, startNs);
        return true;
    }

    private boolean showDoors(DemoDoors doors) throws IOException, InterruptedException {
        List<String> sent = doors.publish();
        spec.commandLine().getOut().println("doors    one message published through each of TCP, HTTP and WebSocket");
        boolean same = true;
        for (Map.Entry<String, List<String>> door : doors.consume(sent).entrySet()) {
            boolean complete = door.getValue().equals(sent);
            spec.commandLine()
                    .getOut()
                    .println(String.format(
                            Locale.ROOT,
                            "%-9s %s: %s",
                            door.getKey(),
                            complete ? "has all of them, in order and identical" : "DIFFERS",
                            door.getValue()));
            same &= complete;
        }
        return same;
    }

    private void report(String what, String how, long messages, long startNs) {
        double seconds = (System.nanoTime() - startNs) / 1e9;
        spec.commandLine()
                .getOut()
                .println(String.format(
                        Locale.ROOT,
                        "%-8s %,d messages %s in %.2f s: %,.0f messages/s (cold)",
                        what,
                        messages,
                        how,
                        seconds,
                        messages / seconds));
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
