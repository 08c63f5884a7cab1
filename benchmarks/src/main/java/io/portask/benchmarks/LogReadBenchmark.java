package io.portask.benchmarks;

import io.portask.record.Durability;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import io.portask.store.MessageStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Reads of 1 MiB, one after the other, into a socket that another thread drains, or a plain {@code transferTo} of as much. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 7, time = 1)
@Fork(1)
public class LogReadBenchmark {
    private static final TopicPartition PARTITION = new TopicPartition("bench", 0);
    private static final int READ_BYTES = 1 << 20;
    private static final int STORED_BYTES = 256 << 20;

    @Param({"socket", "null"})
    public String sink = "";

    private Path directory;
    private MessageStore checkingAlways;
    private MessageStore checkingOnce;
    private FileChannel file;
    private WritableByteChannel target;
    private long next;

    @Setup(Level.Trial)
    public void setUp() throws IOException {
        directory = LogFixture.newDirectory();
        checkingAlways = fill(directory.resolve("always"), "&verifyReads=always");
        checkingOnce = fill(directory.resolve("once"), "&verifyReads=once");
        file = LogFixture.preallocated(directory.resolve("raw"), STORED_BYTES);
        target = sink.equals("null")
                ? FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE)
                : drainedSocket();
    }

    private static MessageStore fill(Path path, String options) {
        MessageStore store = LogFixture.openWithTopic(path, options, PARTITION.topic(), 1);
        ByteBuffer batch = LogFixture.batch(LogFixture.BATCH_BYTES);
        LogFixture.append(store, PARTITION, batch, Durability.WRITTEN, STORED_BYTES / batch.remaining());
        return store;
    }

    private static SocketChannel drainedSocket() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            SocketChannel out = SocketChannel.open(server.getLocalAddress());
            SocketChannel in = server.accept();
            Thread drain = new Thread(() -> drain(in), "drain");
            drain.setDaemon(true);
            drain.start();
            return out;
        }
    }

    private static void drain(SocketChannel in) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(256 << 10);
        try (in) {
            while (in.read(buffer.clear()) >= 0) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        target.close();
        checkingAlways.close();
        checkingOnce.close();
        file.close();
        LogFixture.delete(directory);
    }

    @Benchmark
    public void always(ByteCount count) throws IOException {
        count.bytes += read(checkingAlways, READ_BYTES);
    }

    @Benchmark
    public void once(ByteCount count) throws IOException {
        count.bytes += read(checkingOnce, READ_BYTES);
    }

    @Benchmark
    public void alwaysOneBatch(ByteCount count) throws IOException {
        count.bytes += read(checkingAlways, 1);
    }

    private long read(MessageStore store, int maxBytes) throws IOException {
        try (FetchResult result = LogFixture.join(store.read(PARTITION, next, maxBytes))) {
            next = result.nextOffset() < result.endOffset() ? result.nextOffset() : 0;
            int size = result.sizeInBytes();
            for (int sent = 0; sent < size; ) {
                sent += result.batches().writeTo(target, sent);
            }
            return size;
        }
    }

    @Benchmark
    public void raw(ByteCount count) throws IOException {
        for (long sent = 0; sent < READ_BYTES; ) {
            sent += file.transferTo(next + sent, READ_BYTES - sent, target);
        }
        next = (next + READ_BYTES) % STORED_BYTES;
        count.bytes += READ_BYTES;
    }
}
