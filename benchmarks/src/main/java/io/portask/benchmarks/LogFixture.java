package io.portask.benchmarks;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.record.Durability;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import io.portask.store.StoreContext;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/** What the measurements of the log store share: a store in a temporary directory, batches, and raw files of the same sizes. */
final class LogFixture {
    static final int BATCH_BYTES = 64 << 10;
    static final int FILE_BYTES = 64 << 20;
    private static final int VALUE_BYTES = 100;
    private static final int RECORD_OVERHEAD = 16;

    private LogFixture() {}

    static Path newDirectory() throws IOException {
        return Files.createTempDirectory("portask-bench");
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    static Broker broker(Path directory) {
        return Broker.open(directory.resolve("store").toUri() + "?minFreeBytes=0");
    }

    static MessageStore open(Path directory, String options) {
        MessageStore store = MessageStores.create(
                directory.resolve("store").toUri() + "?minFreeBytes=0" + options,
                new StoreContext(new SimpleMeterRegistry(), Clock.systemUTC()));
        store.start();
        return store;
    }

    static MessageStore openWithTopic(Path directory, String options, String topic, int partitions) {
        MessageStore store = open(directory, options);
        join(store.createTopic(new TopicSpec(topic, partitions)));
        return store;
    }

    /** A batch of records of 100 bytes that takes about so many bytes; at least one record. */
    static ByteBuffer batch(int bytes) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(bytes + 1024)) {
            byte[] value = new byte[VALUE_BYTES];
            for (int size = 0; size == 0 || size + VALUE_BYTES + RECORD_OVERHEAD <= bytes; ) {
                builder.append(1, null, value, List.of());
                size += VALUE_BYTES + RECORD_OVERHEAD;
            }
            ByteBuffer built = builder.build();
            return ByteBuffer.allocateDirect(built.remaining()).put(built).flip();
        }
    }

    static <T> T join(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    /** A file whose blocks are allocated and on the device. */
    static FileChannel preallocated(Path path, int bytes) throws IOException {
        FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        write(file, ByteBuffer.allocateDirect(bytes), 0);
        file.force(true);
        return file;
    }

    static void write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
        for (long at = position; bytes.hasRemaining(); ) {
            at += file.write(bytes, at);
        }
    }

    static void append(MessageStore store, TopicPartition partition, ByteBuffer batch, Durability level, int times) {
        for (int i = 0; i < times; i++) {
            join(store.append(partition, batch, level));
        }
    }
}
