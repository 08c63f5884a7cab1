package io.portask.launcher;

import io.portask.client.ClientConfig;
import io.portask.client.PortaskClient;
import io.portask.client.Producer;
import io.portask.client.ProducerConfig;
import io.portask.error.PortaskException;
import io.portask.record.Compression;
import io.portask.record.Durability;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A process that publishes numbered messages to a server that dies and comes back, and says what was acknowledged.
 *
 * <p>Arguments: the server's address and the number of partitions of {@link #TOPIC}. Commands, one per line of its input: {@code
 * go} to publish until told otherwise, {@code rest} to begin nothing more; the end of the input ends it. Output: {@code ack
 * partition offset number}, {@code rests count} when everything begun is acknowledged, {@code failed text}.
 */
final class LoadMain {
    static final String TOPIC = "load";
    private static final int MAX_UNACKNOWLEDGED = 64;
    private static final int MAX_FILLER = 400;
    /** Small, so that several batches of a partition are in flight. */
    private static final int BATCH_BYTES = 1024;

    private static final int RECONNECT_MS = 20;

    private final Semaphore starts = new Semaphore(0);
    private final Semaphore window = new Semaphore(MAX_UNACKNOWLEDGED);
    private volatile boolean loading;

    private LoadMain() {}

    public static void main(String[] args) throws InterruptedException {
        new LoadMain().run(args[0], Integer.parseInt(args[1]));
    }

    /** How the message with this number is acknowledged. */
    static Durability durability(int number) {
        return number % 2 == 0 ? Durability.SYNCED : Durability.WRITTEN;
    }

    static int partition(int number, int partitions) {
        return number / 2 % partitions;
    }

    static byte[] key(int number) {
        return ("key " + number).getBytes(StandardCharsets.US_ASCII);
    }

    /** The number and a filler of a length and a content that follow from it. */
    static byte[] value(int number) {
        int mixed = number * 0x9E3779B1;
        byte[] start = (number + " ").getBytes(StandardCharsets.US_ASCII);
        byte[] value = Arrays.copyOf(start, start.length + Integer.remainderUnsigned(mixed, MAX_FILLER));
        for (int i = start.length; i < value.length; i++) {
            mixed = mixed * 1_103_515_245 + 12_345;
            value[i] = (byte) (mixed >>> 16);
        }
        return value;
    }

    private void run(String server, int partitions) throws InterruptedException {
        Thread commands = new Thread(this::obey, "commands");
        commands.setDaemon(true);
        commands.start();
        ClientConfig config = ClientConfig.builder()
                .server(server)
                .reconnectMinMs(1)
                .reconnectMaxMs(RECONNECT_MS)
                .build();
        try (PortaskClient client = PortaskClient.connect(config);
                Producer synced = client.producer(producer(Durability.SYNCED));
                Producer written = client.producer(producer(Durability.WRITTEN))) {
            int number = 0;
            while (true) {
                starts.acquire();
                while (loading) {
                    window.acquire();
                    Producer producer = durability(number) == Durability.SYNCED ? synced : written;
                    publish(producer, partition(number, partitions), number);
                    number++;
                }
                window.acquire(MAX_UNACKNOWLEDGED);
                say("rests " + number);
                window.release(MAX_UNACKNOWLEDGED);
            }
        }
    }

    private static ProducerConfig producer(Durability durability) {
        return ProducerConfig.builder()
                .durability(durability)
                .batchBytes(BATCH_BYTES)
                .compression(Compression.NONE)
                .build();
    }

    private void publish(Producer producer, int partition, int number) {
        producer.send(
                TOPIC,
                partition,
                key(number),
                value(number),
                (topic, where, offset, reached, error) -> onComplete(number, where, offset, reached, error));
    }

    private void onComplete(
            int number, int partition, long offset, @Nullable Durability reached, @Nullable PortaskException error) {
        if (error != null) {
            say("failed " + number + ": " + error);
        } else if (reached == null || !reached.atLeast(durability(number))) {
            say("failed " + number + ": acknowledged as " + reached);
        } else {
            say("ack " + partition + " " + offset + " " + number);
        }
        window.release();
    }

    private static synchronized void say(String line) {
        System.out.println(line);
    }

    private void obey() {
        try (BufferedReader commands =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                loading = line.equals("go");
                if (loading) {
                    starts.release();
                }
            }
        } catch (IOException e) {
            say("failed " + e);
        }
        Runtime.getRuntime().halt(0);
    }

    /** Starts it in a JVM of its own. */
    static Process start(String server, int partitions) throws IOException {
        return ServerProcess.java(LoadMain.class, List.of(server, Integer.toString(partitions)))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
