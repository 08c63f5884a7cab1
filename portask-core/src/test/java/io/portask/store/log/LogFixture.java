package io.portask.store.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Compression;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import io.portask.record.RecordBatches;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import io.portask.store.StoreContext;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What the tests of the log store share. */
final class LogFixture {
    static final TopicPartition T0 = new TopicPartition("t", 0);

    private LogFixture() {}

    static LogStore open(LogConfig config) {
        return open(config, Disk.SYSTEM);
    }

    static LogStore open(LogConfig config, Disk disk) {
        LogStore store = new LogStore(config, context(), disk, new Syncer(config.syncIntervalMs()), new Housekeeper());
        store.start();
        return store;
    }

    static StoreContext context() {
        return new StoreContext(new SimpleMeterRegistry(), Clock.systemUTC());
    }

    static LogStore openWithTopic(LogConfig config) {
        LogStore store = open(config);
        await(store.createTopic(new TopicSpec("t", 1)));
        return store;
    }

    static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw PortaskException.of(e);
        }
    }

    static AppendResult append(LogStore store, ByteBuffer batch, Durability durability) {
        return await(store.append(T0, batch, durability));
    }

    /** Values v0, v1, ... in batches of {@code perBatch}, each appended by itself. */
    static void fill(LogStore store, int first, int count, int perBatch) {
        for (int i = first; i < first + count; i += perBatch) {
            append(store, batch(i, Math.min(perBatch, first + count - i)), Durability.WRITTEN);
        }
    }

    static ByteBuffer batch(int first, int count) {
        return batch(first, count, RecordBatch.NO_PRODUCER_ID, (short) -1, -1, 20);
    }

    static ByteBuffer producerBatch(long producer, int sequence, int count) {
        return batch(sequence, count, producer, (short) 0, sequence, 20);
    }

    static ByteBuffer batch(int first, int count, long producer, short epoch, int sequence, int padding) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(1024)) {
            builder.compression(Compression.NONE).producer(producer, epoch, sequence);
            for (int i = first; i < first + count; i++) {
                byte[] value = ("v" + i + "-" + "x".repeat(padding)).getBytes(StandardCharsets.UTF_8);
                builder.append(1_000L + i, null, value, List.of());
            }
            ByteBuffer built = builder.build();
            return ByteBuffer.allocateDirect(built.remaining()).put(built).flip();
        }
    }

    static String value(ReceivedMessage message) {
        String text = new String(message.value(), StandardCharsets.UTF_8);
        return text.substring(0, text.indexOf('-'));
    }

    /** Everything from an offset to the end, read in small steps. */
    static List<ReceivedMessage> readAll(LogStore store, TopicPartition partition, long from, int maxBytes) {
        List<ReceivedMessage> all = new ArrayList<>();
        long offset = from;
        while (true) {
            try (FetchResult result = await(store.read(partition, offset, maxBytes))) {
                if (result.isEmpty()) {
                    return all;
                }
                all.addAll(RecordBatches.decode(partition, result.batches().buffer(), offset));
                assertThat(result.nextOffset()).isGreaterThan(offset);
                offset = result.nextOffset();
            }
        }
    }

    /** The partition holds v0, v1, ... at offsets 0, 1, ... up to {@code count}. */
    static void assertHolds(LogStore store, int count) {
        List<ReceivedMessage> all = readAll(store, T0, 0, 700);
        assertThat(all).hasSize(count);
        for (int i = 0; i < count; i++) {
            assertThat(all.get(i).id().offset()).isEqualTo(i);
            assertThat(value(all.get(i))).isEqualTo("v" + i);
        }
    }

    static long end(LogStore store) {
        return await(store.describePartition(T0)).endOffset();
    }

    static void assertFails(ErrorCode code, ThrowingCallable call) {
        Assertions.assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PortaskException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
    }

    /**
     * What another process would find if this one were killed now. A copy takes time, so its order matters: first what
     * speaks of segments, then a look at which there are, then these, later ones before earlier ones.
     */
    static Path copy(Path directory, Path target) throws IOException {
        for (Path path : paths(directory)) {
            if (!isSegment(path)) {
                copyOne(path, target.resolve(directory.relativize(path).toString()));
            }
        }
        List<Path> segments = paths(directory);
        segments.removeIf(path -> !isSegment(path));
        segments.sort(Comparator.reverseOrder());
        for (Path path : segments) {
            copyOne(path, target.resolve(directory.relativize(path).toString()));
        }
        return target;
    }

    /** Temporary files are left out; they may vanish while this looks. */
    private static List<Path> paths(Path directory) throws IOException {
        List<Path> paths = new ArrayList<>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
                paths.add(path);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
                if (!isTemporary(path)) {
                    paths.add(path);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException error) throws IOException {
                if (!isTemporary(path)) {
                    throw error;
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return paths;
    }

    private static boolean isTemporary(Path path) {
        return path.toString().endsWith(DurableFiles.TEMPORARY_SUFFIX);
    }

    private static void copyOne(Path path, Path target) throws IOException {
        if (Files.isDirectory(path)) {
            Files.createDirectories(target);
        } else {
            Files.createDirectories(target.getParent());
            Files.copy(path, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static boolean isSegment(Path path) {
        return path.toString().endsWith(Segment.SUFFIX)
                && path.getParent().toString().matches(".*/[0-9]+");
    }

    static Path segment(Path directory, long base) {
        return directory.resolve("topics/t/0/" + Segment.fileName(base, Segment.SUFFIX));
    }
}
