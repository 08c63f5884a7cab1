package io.portask.benchmarks;

import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.MessageStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
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
import org.openjdk.jmh.annotations.Warmup;

/** How long one append of one message of 100 bytes takes, beside plain writes of the same size into a preallocated file. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 7, time = 1)
@Fork(1)
public class LogLatencyBenchmark {
    private static final TopicPartition PARTITION = new TopicPartition("bench", 0);

    private final ByteBuffer message = LogFixture.batch(1);
    private Path directory;
    private MessageStore store;
    private FileChannel file;
    private long position;

    @Setup(Level.Trial)
    public void setUp() throws IOException {
        directory = LogFixture.newDirectory();
        store = LogFixture.openWithTopic(directory, "", PARTITION.topic(), 1);
        file = LogFixture.preallocated(directory.resolve("raw"), LogFixture.FILE_BYTES);
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        store.close();
        file.close();
        LogFixture.delete(directory);
    }

    @Benchmark
    public AppendResult written() {
        return LogFixture.join(store.append(PARTITION, message, Durability.WRITTEN));
    }

    @Benchmark
    public AppendResult synced() {
        return LogFixture.join(store.append(PARTITION, message, Durability.SYNCED));
    }

    @Benchmark
    public void rawWritten() throws IOException {
        LogFixture.write(file, message.duplicate(), position);
        position = (position + message.remaining()) % (LogFixture.FILE_BYTES - message.remaining());
    }

    @Benchmark
    public void rawSynced() throws IOException {
        rawWritten();
        file.force(false);
    }
}
