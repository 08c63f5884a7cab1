package io.portask.benchmarks;

import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import io.portask.store.StoreContext;
import io.portask.store.TopicSpec;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Prints how many acknowledged messages a Redis that is killed in the middle of appends has lost after its restart, for several
 * configurations. Needs {@code redis-server} on the path. A kill says nothing about power cuts.
 */
public final class RedisLossMeasurement {
    private static final int CYCLES = 5;
    private static final int APPENDS = 2_000;
    private static final int PATIENCE_MS = 20_000;
    private static final int RETRY_MS = 50;
    private static final TopicPartition PARTITION = new TopicPartition("loss", 0);

    private RedisLossMeasurement() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        measure("no append-only file, no snapshots", List.of("--save", "", "--appendonly", "no"));
        measure("appendonly yes, appendfsync no", List.of("--appendonly", "yes", "--appendfsync", "no"));
        measure("appendonly yes, appendfsync everysec", List.of("--appendonly", "yes", "--appendfsync", "everysec"));
        measure(
                "appendonly yes, appendfsync everysec, waited for",
                List.of("--appendonly", "yes", "--appendfsync", "everysec"),
                Durability.SYNCED);
        measure("appendonly yes, appendfsync always", List.of("--appendonly", "yes", "--appendfsync", "always"));
        System.exit(0);
    }

    private static void measure(String what, List<String> options) throws IOException, InterruptedException {
        measure(what, options, Durability.WRITTEN);
    }

    private static void measure(String what, List<String> options, Durability asked)
            throws IOException, InterruptedException {
        long acknowledged = 0;
        long lost = 0;
        String level = "";
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            Path directory = LogFixture.newDirectory();
            int port;
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = socket.getLocalPort();
            }
            Process redis = start(directory, port, options);
            AtomicLong acked = new AtomicLong();
            MessageStore store = open(port);
            Durability most = store.capabilities().maxDurability();
            Durability reached = most.atLeast(asked) ? asked : most;
            level = (asked == Durability.SYNCED ? reached : store.capabilities().defaultDurability()).toString();
            LogFixture.join(store.createTopic(new TopicSpec(PARTITION.topic(), 1)));
            ByteBuffer batch = LogFixture.batch(1);
            for (int i = 0; i < APPENDS; i++) {
                store.append(PARTITION, batch, reached)
                        .thenAccept(result -> acked.accumulateAndGet(result.nextOffset(), Math::max));
                if (i == APPENDS / 2) {
                    awaitOne(store, batch, reached);
                }
            }
            redis.destroyForcibly().waitFor();
            store.close();
            Process again = start(directory, port, options);
            MessageStore reopened = open(port);
            lost += Math.max(0, acked.get() - end(reopened));
            acknowledged += acked.get();
            reopened.close();
            again.destroyForcibly().waitFor();
            LogFixture.delete(directory);
        }
        System.out.printf(
                Locale.ROOT,
                "%s: level %s, %,d acknowledged in %d kills, %,d lost%n",
                what,
                level,
                acknowledged,
                CYCLES,
                lost);
    }

    private static void awaitOne(MessageStore store, ByteBuffer batch, Durability reached) {
        AppendResult unused = LogFixture.join(store.append(PARTITION, batch, reached));
    }

    private static long end(MessageStore store) {
        try {
            return LogFixture.join(store.describePartition(PARTITION)).endOffset();
        } catch (RuntimeException e) {
            return 0;
        }
    }

    private static Process start(Path directory, int port, List<String> options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "redis-server",
                "--bind",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--dir",
                directory.toString()));
        command.addAll(options);
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(new File(directory.toFile(), "redis.log"))
                .start();
    }

    /** Waits until the server takes connections. */
    private static MessageStore open(int port) throws InterruptedException {
        long deadlineMs = System.currentTimeMillis() + PATIENCE_MS;
        while (true) {
            MessageStore store = MessageStores.create(
                    "redis://127.0.0.1:" + port,
                    new StoreContext(
                            new io.micrometer.core.instrument.simple.SimpleMeterRegistry(), Clock.systemUTC()));
            try {
                store.start();
                return store;
            } catch (PortaskException e) {
                store.close();
                if (System.currentTimeMillis() > deadlineMs) {
                    throw e;
                }
                Thread.sleep(RETRY_MS);
            }
        }
    }
}
