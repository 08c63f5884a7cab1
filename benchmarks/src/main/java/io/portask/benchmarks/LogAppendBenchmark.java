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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
 * sizes. Everything goes to new files, as a log does, which are deleted after the iteration: a file system that discards
 * blocks takes longer to delete them than to write them. The two {@code …Preallocated} write over a file that is there.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 7, time = 1)
@Fork(1)
public class LogAppendBenchmark {
    private static final int GROUP_BYTES = 1 << 20;
    private static final String TOPIC = "bench";
    private static final TopicPartition PARTITION = new TopicPartition(TOPIC, 0);

    private Path directory;
    private MessageStore store;
    private FileChannel preallocated;
    private FileChannel file;
    private final ByteBuffer group = ByteBuffer.allocateDirect(GROUP_BYTES);
    private long position;

    /** What each appender has for itself. */
    @State(Scope.Thread)
    public static class Appender {
        final ByteBuffer batch = LogFixture.batch(LogFixture.BATCH_BYTES);
    }

    @Setup(Level.Iteration)
    public void setUp() throws IOException {
        directory = LogFixture.newDirectory();
        store = LogFixture.openWithTopic(directory, "", TOPIC, 1);
        preallocated = LogFixture.preallocated(directory.resolve("preallocated"), LogFixture.FILE_BYTES);
        preallocated.force(true);
        file = newFile();
    }

    private FileChannel newFile() throws IOException {
        Path path = Files.createTempFile(directory, "raw", "");
        return FileChannel.open(path, StandardOpenOption.WRITE);
    }

    @TearDown(Level.Iteration)
    public void tearDown() throws IOException {
        store.close();
        preallocated.close();
        file.close();
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

    /** Sixteen appends of one thread on their way, without a thread that waits: what the store itself allocates. */
    @State(Scope.Thread)
    public static class InFlight {
        private final List<CompletableFuture<AppendResult>> appends = new ArrayList<>();
        private int next;

        @Setup(Level.Iteration)
        public void setUp() {
            appends.clear();
            appends.addAll(Collections.nCopies(16, CompletableFuture.completedFuture(null)));
        }

        AppendResult replaceOldest(CompletionStage<AppendResult> append) {
            CompletableFuture<AppendResult> oldest = appends.set(next, append.toCompletableFuture());
            next = (next + 1) % appends.size();
            while (!oldest.isDone()) {
                Thread.onSpinWait();
            }
            return oldest.join();
        }
    }

    @Benchmark
    public AppendResult synced16InFlight(Appender appender, InFlight inFlight, ByteCount count) {
        count.bytes += appender.batch.remaining();
        return inFlight.replaceOldest(store.append(PARTITION, appender.batch, Durability.SYNCED));
    }

    private AppendResult append(ByteBuffer batch, Durability level, ByteCount count) {
        AppendResult result = LogFixture.join(store.append(PARTITION, batch, level));
        count.bytes += batch.remaining();
        return result;
    }

    @Benchmark
    public void rawPreallocated(Appender appender, ByteCount count) throws IOException {
        int size = appender.batch.remaining();
        LogFixture.write(preallocated, appender.batch.duplicate(), position % (LogFixture.FILE_BYTES - size));
        count.bytes += size;
        position += size;
    }

    @Benchmark
    public void rawNewFiles(Appender appender, ByteCount count) throws IOException {
        writeToNewFile(appender.batch, count);
    }

    @Benchmark
    public void rawGroupSyncedNewFiles(ByteCount count) throws IOException {
        writeToNewFile(group, count);
        file.force(false);
    }

    private void writeToNewFile(ByteBuffer bytes, ByteCount count) throws IOException {
        int size = bytes.remaining();
        int at = (int) (position % LogFixture.FILE_BYTES);
        if (at < size) {
            file.close();
            file = newFile();
        }
        LogFixture.write(file, bytes.duplicate(), at);
        count.bytes += size;
        position += size;
    }

    @Benchmark
    public void rawGroupSyncedPreallocated(ByteCount count) throws IOException {
        LogFixture.write(preallocated, group.duplicate(), position % LogFixture.FILE_BYTES);
        preallocated.force(false);
        count.bytes += GROUP_BYTES;
        position += GROUP_BYTES;
    }
}
