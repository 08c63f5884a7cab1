package io.portask.benchmarks;

import io.portask.record.Compression;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordReader;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Encoding and walking a batch of 100-byte records; figures are per record. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class RecordBatchBenchmark {
    private static final int RECORDS = 600;

    @Param({"NONE", "ZSTD"})
    public Compression compression = Compression.NONE;

    private final byte[][] values = new byte[RECORDS][100];
    private final RecordBatchBuilder builder = new RecordBatchBuilder(128 * 1024);
    private final RecordReader reader = new RecordReader();
    private final RecordBatch batch = new RecordBatch();
    private ByteBuffer encoded = ByteBuffer.allocateDirect(0);

    @Setup
    public void setUp() {
        Random random = new Random(42);
        for (byte[] value : values) {
            for (int i = 0; i < value.length; i++) {
                value[i] = (byte) ('a' + random.nextInt(16));
            }
        }
        ByteBuffer built = encode();
        encoded = ByteBuffer.allocateDirect(built.remaining()).put(built).flip();
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public ByteBuffer encode() {
        builder.reset().compression(compression);
        for (byte[] value : values) {
            builder.append(1, null, value, List.of());
        }
        return builder.build();
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void checkAndWalk(Blackhole blackhole) {
        reader.wrap(batch.wrapChecked(encoded, 0));
        while (reader.next()) {
            blackhole.consume(reader.valuePosition());
        }
    }
}
