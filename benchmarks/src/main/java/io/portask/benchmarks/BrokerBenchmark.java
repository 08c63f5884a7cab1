package io.portask.benchmarks;

import io.portask.broker.Broker;
import io.portask.record.Durability;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Appending and reading batches of 600 records of 100 bytes through the embedded broker; figures are records a second. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class BrokerBenchmark {
    private static final int RECORDS = 600;
    private static final int KEPT_BATCHES = 1000;
    private static final TopicPartition PARTITION = new TopicPartition("bench", 0);

    @Param({"memory", "file"})
    public String store = "";

    private final RecordBatchBuilder builder = new RecordBatchBuilder(128 * 1024);
    private Path directory = Path.of(".");
    private Broker broker = Broker.builder().store("memory:").build();
    private ByteBuffer batch = ByteBuffer.allocateDirect(0);
    private long appended;
    private long readFrom;

    @Setup
    public void setUp() throws IOException {
        directory = Files.createTempDirectory("portask-bench");
        broker = Broker.open(
                store.equals("memory") ? "memory:" : directory.toUri().toString());
        byte[] value = new byte[100];
        for (int i = 0; i < RECORDS; i++) {
            builder.append(1, null, value, List.of());
        }
        batch = builder.build();
        broker.createTopic(PARTITION.topic(), 1);
        for (int i = 0; i < KEPT_BATCHES; i++) {
            append();
        }
    }

    @TearDown
    public void tearDown() throws IOException {
        broker.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public AppendResult append() {
        Durability level = store.equals("memory") ? Durability.NONE : Durability.WRITTEN;
        AppendResult result =
                broker.append(PARTITION, batch, level).toCompletableFuture().join();
        if (++appended % KEPT_BATCHES == 0) {
            readFrom = broker.trim(PARTITION, result.nextOffset() - (long) KEPT_BATCHES * RECORDS);
        }
        return result;
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public long read() {
        try (FetchResult result = broker.fetch(PARTITION, readFrom, 1)) {
            readFrom = result.nextOffset() < result.endOffset() ? result.nextOffset() : result.startOffset();
            return result.nextOffset();
        }
    }
}
