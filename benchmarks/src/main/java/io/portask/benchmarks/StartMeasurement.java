package io.portask.benchmarks;

import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/**
 * Prints how long a log store with many partitions takes to start after a clean stop and after a kill, with how many open
 * files and how much heap, and how long a GiB takes to be scanned. {@code StartMeasurement [partitions...]}
 */
public final class StartMeasurement {
    private static final String TOPIC = "bench";
    private static final int ROUNDS = 3;
    private static final int SCANNED_BATCHES = 16 << 10;
    private static final String LOG = "log";

    private StartMeasurement() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length > 1 && arguments[0].equals(LOG)) {
            append(Path.of(arguments[1]), Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
            Runtime.getRuntime().halt(0);
        }
        List<String> counts = arguments.length == 0 ? List.of("1000", "10000") : List.of(arguments);
        for (String count : counts) {
            measure(Integer.parseInt(count));
        }
        measureScan();
    }

    /** Appends to every partition; the caller halts without closing. */
    private static void append(Path directory, int partitions, int batches) {
        boolean isNew = !Files.exists(directory.resolve("store"));
        MessageStore store =
                isNew ? LogFixture.openWithTopic(directory, "", TOPIC, partitions) : LogFixture.open(directory, "");
        ByteBuffer batch = LogFixture.batch(batches == 1 ? 1 : LogFixture.BATCH_BYTES);
        List<CompletionStage<?>> acks = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            for (int p = 0; p < partitions; p++) {
                acks.add(store.append(new TopicPartition(TOPIC, p), batch, Durability.WRITTEN));
            }
        }
        acks.forEach(LogFixture::join);
    }

    private static void runAndKill(Path directory, int partitions, int batches)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        StartMeasurement.class.getName(),
                        LOG,
                        directory.toString(),
                        Integer.toString(partitions),
                        Integer.toString(batches))
                .inheritIO()
                .start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("The process that fills the store failed");
        }
    }

    private static void measure(int partitions) throws IOException, InterruptedException {
        Path directory = LogFixture.newDirectory();
        List<Long> killed = new ArrayList<>();
        List<Long> clean = new ArrayList<>();
        long heap = 0;
        long openFiles = 0;
        for (int round = 0; round < ROUNDS; round++) {
            runAndKill(directory, partitions, 1);
            long heapBefore = usedHeap();
            long begin = System.nanoTime();
            LogFixture.open(directory, "").close();
            long end = System.nanoTime();
            killed.add(end - begin);
            MessageStore store = LogFixture.open(directory, "");
            clean.add(System.nanoTime() - end);
            ByteBuffer batch = LogFixture.batch(1);
            for (int p = 0; p < partitions; p++) {
                LogFixture.append(store, new TopicPartition(TOPIC, p), batch, Durability.WRITTEN, 1);
                openFiles = p % 500 == 0 ? Math.max(openFiles, openFiles()) : openFiles;
            }
            heap = usedHeap() - heapBefore;
            store.close();
        }
        print(
                "%d partitions: start and close after a kill %d ms, start after a clean stop %d ms, %d open files at most,"
                        + " %d bytes of heap a partition",
                partitions, medianMs(killed), medianMs(clean), openFiles, heap / partitions);
        LogFixture.delete(directory);
    }

    /** With the checkpoints gone, everything is scanned. */
    private static void measureScan() throws IOException, InterruptedException {
        Path directory = LogFixture.newDirectory();
        runAndKill(directory, 1, SCANNED_BATCHES);
        List<Long> scans = new ArrayList<>();
        long bytes = 0;
        for (int round = 0; round < ROUNDS; round++) {
            bytes = forgetCheckpoints(directory);
            long begin = System.nanoTime();
            MessageStore store = LogFixture.open(directory, "");
            scans.add(System.nanoTime() - begin);
            store.close();
        }
        print(
                "recovery without a checkpoint: %d ms for %d MiB, %.2f s a GiB",
                medianMs(scans), bytes >> 20, medianMs(scans) / 1e3 * (1 << 30) / bytes);
        LogFixture.delete(directory);
    }

    private static long forgetCheckpoints(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path path : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(path);
                if (path.endsWith("checkpoint")) {
                    Files.delete(path);
                }
            }
        }
        return bytes;
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> handles = Files.list(Path.of("/proc/self/fd"))) {
            return handles.count();
        }
    }

    private static long medianMs(List<Long> nanos) {
        return nanos.stream().sorted().toList().get(nanos.size() / 2) / 1_000_000;
    }

    private static void print(String format, Object... figures) {
        System.out.println(String.format(Locale.ROOT, format, figures));
    }
}
