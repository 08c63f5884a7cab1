package io.portask.benchmarks;

import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.MessageStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Appends of 64 KiB batches, one writer at {@code WRITTEN} and sixteen at {@code SYNCED}, beside plain writes of the same
 * sizes. The log store writes new files all the time and trims the old ones; so does {@link #rawNewFiles}, while {@link
 * #rawPreallocated} writes over a file that is there.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 7, time = 1)
@Fork(1)
public class LogAppendBenchmark {
    private static final int GROUP_BYTES = 1 << 20;
    private static final int KEPT_FILES = 4;
    private static final int TRIM_BATCHES = 2_000;
    private static final String TOPIC = "bench";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

    private Path directory;
    private MessageStore store;
    private final FileChannel[] files = new FileChannel[KEPT_FILES];
    private final ByteBuffer group = ByteBuffer.allocateDirect(GROUP_BYTES);
    private long position;

    /** What each appender has for itself. */
    @State(Scope.Thread)
    public static class Appender {
        final ByteBuffer batch = LogFixture.batch(LogFixture.BATCH_BYTES);
    }

    @Setup(Level.Trial)
    public void setUp() throws IOException {
        directory = LogFixture.newDirectory();
        store = LogFixture.openWithTopic(directory, "", TOPIC, 1);
        for (int i = 0; i < KEPT_FILES; i++) {
            files[i] = LogFixture.preallocated(directory.resolve("raw" + i), LogFixture.FILE_BYTES);
        }
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        store.close();
        for (FileChannel file : files) {
            file.close();
        }
        LogFixture.delete(directory);
    }

    @Benchmark
    public AppendResult written(Appender appender, ByteCount count) {
        return append(appender.batch, Durability.WRITTEN, count);
    }

    @Benchmark
    @Threads(16)
    public AppendResult synced16(Appender appender, ByteCount count) {
        return append(appender.batch, Durability.SYNCED, count);
    }

    private AppendResult append(ByteBuffer batch, Durability level, ByteCount count) {
        AppendResult result = LogFixture.join(store.append(PARTITION, batch, level));
        count.bytes += batch.remaining();
        if (result.baseOffset() % (TRIM_BATCHES * (result.nextOffset() - result.baseOffset())) == 0) {
            LogFixture.join(store.trim(PARTITION, result.baseOffset()));
        }
        return result;
    }

    @Benchmark
    public void rawPreallocated(Appender appender, ByteCount count) throws IOException {
        int size = appender.batch.remaining();
        FileChannel file = files[(int) (position / LogFixture.FILE_BYTES % KEPT_FILES)];
        LogFixture.write(file, appender.batch.duplicate(), position % (LogFixture.FILE_BYTES - size));
        count.bytes += size;
        position += size;
    }

    @Benchmark
    public void rawNewFiles(Appender appender, ByteCount count) throws IOException {
        int size = appender.batch.remaining();
        int at = (int) (position % LogFixture.FILE_BYTES);
        if (at < size) {
            int number = (int) (position / LogFixture.FILE_BYTES % KEPT_FILES);
            files[number].close();
            Path path = directory.resolve("raw" + number);
            Files.delete(path);
            files[number] = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        }
        LogFixture.write(files[(int) (position / LogFixture.FILE_BYTES % KEPT_FILES)], appender.batch.duplicate(), at);
        count.bytes += size;
        position += size;
    }

    @Benchmark
    public void rawGroupSynced(ByteCount count) throws IOException {
        FileChannel file = files[(int) (position / LogFixture.FILE_BYTES % KEPT_FILES)];
        LogFixture.write(file, group.duplicate(), position % LogFixture.FILE_BYTES);
        file.force(false);
        count.bytes += GROUP_BYTES;
        position += GROUP_BYTES;
    }
}
