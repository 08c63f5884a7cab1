package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.append;
import static io.portask.store.log.LogFixture.assertFails;
import static io.portask.store.log.LogFixture.assertHolds;
import static io.portask.store.log.LogFixture.await;
import static io.portask.store.log.LogFixture.batch;
import static io.portask.store.log.LogFixture.end;
import static io.portask.store.log.LogFixture.fill;
import static io.portask.store.log.LogFixture.open;
import static io.portask.store.log.LogFixture.openWithTopic;
import static io.portask.store.log.LogFixture.producerBatch;
import static io.portask.store.log.LogFixture.readAll;
import static io.portask.store.log.LogFixture.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatches;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogStoreTest {
    @TempDir
    Path directory;

    private LogConfig config() {
        return LogConfig.of(directory).withSegmentBytes(4096).withSyncIntervalMs(1);
    }

    @Test
    void whatWasAppendedIsReadAcrossSegmentsAndRestarts() {
        try (LogStore store = openWithTopic(config())) {
            fill(store, 0, 500, 7);
            assertHolds(store, 500);
        }
        try (LogStore store = open(config())) {
            assertHolds(store, 500);
            fill(store, 500, 300, 11);
            assertHolds(store, 800);
        }
        try (LogStore store = open(config())) {
            assertHolds(store, 800);
        }
    }

    @Test
    void syncedAppendSaysSo() {
        try (LogStore store = openWithTopic(config())) {
            assertThat(append(store, batch(0, 2), Durability.SYNCED))
                    .isEqualTo(new AppendResult(0, 2, Durability.SYNCED, false));
            assertThat(store.append(T0, batch(2, 1), Durability.WRITTEN).toCompletableFuture())
                    .isCompletedWithValue(new AppendResult(2, 3, Durability.WRITTEN, false));
        }
    }

    @Test
    void bufferIsLeftAsItWas() {
        try (LogStore store = openWithTopic(config())) {
            ByteBuffer one = batch(0, 3);
            ByteBuffer direct = ByteBuffer.allocateDirect(one.remaining() + 20);
            direct.position(10).put(one.duplicate()).limit(direct.position()).position(10);
            append(store, direct, Durability.WRITTEN);
            assertThat(direct.position()).isEqualTo(10);
            assertThat(direct.remaining()).isEqualTo(one.remaining());
            ByteBuffer heap = ByteBuffer.allocate(one.remaining())
                    .put(one.duplicate())
                    .flip()
                    .asReadOnlyBuffer();
            append(store, heap, Durability.WRITTEN);
            assertThat(heap.remaining()).isEqualTo(one.remaining());
            assertThat(readAll(store, T0, 0, 10_000))
                    .extracting(LogFixture::value)
                    .containsExactly("v0", "v1", "v2", "v0", "v1", "v2");
        }
    }

    @Test
    void oneAppendMayHoldSeveralBatches() {
        try (LogStore store = openWithTopic(config())) {
            ByteBuffer a = batch(0, 3);
            ByteBuffer b = batch(3, 2);
            ByteBuffer both = ByteBuffer.allocate(a.remaining() + b.remaining())
                    .put(a)
                    .put(b)
                    .flip();
            assertThat(append(store, both, Durability.WRITTEN).nextOffset()).isEqualTo(5);
            assertHolds(store, 5);
        }
    }

    @Test
    void malformedAppendsChangeNothing() {
        try (LogStore store = openWithTopic(config())) {
            ByteBuffer cut = batch(0, 3);
            cut.limit(cut.limit() - 1);
            assertFails(ErrorCode.CORRUPT_BATCH, () -> append(store, cut, Durability.WRITTEN));
            assertFails(ErrorCode.INVALID_REQUEST, () -> append(store, ByteBuffer.allocate(0), Durability.WRITTEN));
            ByteBuffer sparse = batch(0, 3);
            sparse.putInt(RecordBatch.LAST_OFFSET_DELTA_OFFSET, 1_000_000);
            assertFails(ErrorCode.CORRUPT_BATCH, () -> append(store, sparse, Durability.WRITTEN));
            assertThat(end(store)).isZero();
        }
    }

    @Test
    void readBeginsWithTheBatchThatHoldsTheOffset() {
        try (LogStore store = openWithTopic(config())) {
            fill(store, 0, 100, 10);
            for (int offset = 0; offset < 100; offset++) {
                try (FetchResult result = await(store.read(T0, offset, 1))) {
                    RecordBatch first = new RecordBatch().wrap(result.batches().buffer(), 0);
                    assertThat(first.baseOffset()).isEqualTo(offset / 10 * 10L);
                    assertThat(result.nextOffset()).isEqualTo(offset / 10 * 10L + 10);
                    assertThat(result.endOffset()).isEqualTo(100);
                }
            }
            try (FetchResult result = await(store.read(T0, 100, 1))) {
                assertThat(result.isEmpty()).isTrue();
                assertThat(result.nextOffset()).isEqualTo(100);
            }
            assertFails(ErrorCode.OFFSET_OUT_OF_RANGE, () -> await(store.read(T0, 101, 1)));
            assertFails(ErrorCode.OFFSET_OUT_OF_RANGE, () -> await(store.read(T0, -1, 1)));
        }
    }

    @Test
    void batchesOfAllSizesAreFoundByEveryOffset() {
        long seed = 77;
        Random random = new Random(seed);
        try (LogStore store = openWithTopic(config().withSegmentBytes(200_000))) {
            List<Long> bases = new ArrayList<>();
            long next = 0;
            while (next < 1500) {
                int count = 1 + random.nextInt(5);
                int padding = random.nextInt(20) == 0 ? random.nextInt(30_000) : random.nextInt(200);
                for (int i = 0; i < count; i++) {
                    bases.add(next);
                }
                append(store, batch((int) next, count, -1, (short) -1, -1, padding), Durability.WRITTEN);
                next += count;
            }
            for (int offset = 0; offset < next; offset++) {
                try (FetchResult result = await(store.read(T0, offset, random.nextInt(50_000)))) {
                    assertThat(new RecordBatch()
                                    .wrap(result.batches().buffer(), 0)
                                    .baseOffset())
                            .as("seed %d offset %d", seed, offset)
                            .isEqualTo(bases.get(offset));
                }
            }
        }
    }

    @Test
    void retriedBatchIsStoredOnceAlsoAfterRestart() throws IOException {
        Path killed = directory.resolve("killed");
        LogConfig config = LogConfig.of(directory.resolve("a")).withSegmentBytes(4096);
        try (LogStore store = openWithTopic(config)) {
            for (int i = 0; i < 200; i++) {
                append(store, producerBatch(9, i, 1), Durability.WRITTEN);
            }
            append(store, producerBatch(5, 0, 1), Durability.SYNCED);
            LogFixture.copy(config.directory(), killed);
        }
        for (Path found : List.of(config.directory(), killed)) {
            try (LogStore store = open(LogConfig.of(found).withSegmentBytes(4096))) {
                assertThat(append(store, producerBatch(9, 197, 1), Durability.SYNCED))
                        .isEqualTo(new AppendResult(197, 198, Durability.SYNCED, true));
                assertFails(
                        ErrorCode.OUT_OF_ORDER_SEQUENCE,
                        () -> append(store, producerBatch(9, 201, 1), Durability.WRITTEN));
                assertThat(append(store, producerBatch(9, 200, 1), Durability.WRITTEN)
                                .baseOffset())
                        .isEqualTo(201);
            }
        }
    }

    @Test
    void topicsSurviveARestartAndDeletedOnesAreGone() {
        try (LogStore store = openWithTopic(config())) {
            await(store.createTopic(new TopicSpec("A.b_c-D", 3)));
            await(store.createTopic(new TopicSpec("a.b_c-d", 2)));
            assertFails(ErrorCode.TOPIC_EXISTS, () -> await(store.createTopic(new TopicSpec("t", 1))));
            fill(store, 0, 10, 1);
            await(store.commitOffsets("c", Map.of(T0, 4L, new TopicPartition("A.b_c-D", 2), 0L)));
            await(store.deleteTopic("t"));
            assertFails(ErrorCode.UNKNOWN_TOPIC, () -> await(store.read(T0, 0, 1)));
            assertFails(ErrorCode.UNKNOWN_TOPIC, () -> await(store.deleteTopic("t")));
            await(store.createTopic(new TopicSpec("t", 1)));
            assertThat(end(store)).isZero();
        }
        try (LogStore store = open(config())) {
            assertThat(await(store.listTopics()))
                    .extracting(t -> t.name() + t.partitionCount())
                    .containsExactly("A.b_c-D3", "a.b_c-d2", "t1");
            assertThat(await(store.committedOffsets("c")))
                    .containsExactly(Map.entry(new TopicPartition("A.b_c-D", 2), 0L));
            assertFails(ErrorCode.UNKNOWN_PARTITION, () -> await(store.read(new TopicPartition("t", 1), 0, 1)));
        }
        assertThat(directory.resolve("trash")).isEmptyDirectory();
    }

    @Test
    void trimDeletesWholeSegmentsAndSurvivesARestart() throws IOException {
        try (LogStore store = openWithTopic(config())) {
            fill(store, 0, 500, 5);
            assertThat(await(store.trim(T0, 333))).isEqualTo(333);
            assertThat(await(store.trim(T0, 12))).isEqualTo(333);
            assertFails(ErrorCode.OFFSET_OUT_OF_RANGE, () -> await(store.trim(T0, 501)));
            assertFails(ErrorCode.OFFSET_OUT_OF_RANGE, () -> await(store.read(T0, 332, 100)));
            assertThat(segment(0)).doesNotExist();
            assertThat(readAll(store, T0, 333, 1000)).hasSize(167);
        }
        try (LogStore store = open(config())) {
            PartitionInfo info = await(store.describePartition(T0));
            assertThat(info.startOffset()).isEqualTo(333);
            assertThat(info.endOffset()).isEqualTo(500);
            assertThat(await(store.trim(T0, 500))).isEqualTo(500);
        }
        try (LogStore store = open(config())) {
            assertThat(await(store.describePartition(T0)).startOffset()).isEqualTo(500);
            assertThat(append(store, batch(0, 1), Durability.WRITTEN).baseOffset())
                    .isEqualTo(500);
        }
    }

    @Test
    void deletedMessagesAreNeverReadAgain() {
        try (LogStore store = openWithTopic(config())) {
            fill(store, 0, 100, 10);
            List<Long> offsets = LongStream.range(20, 45).boxed().toList();
            assertThat(await(store.deleteMessages(T0, offsets))).isEqualTo(25);
            assertThat(await(store.deleteMessages(T0, List.of(44L, 45L, 45L, 100L, -1L))))
                    .isEqualTo(1);
            assertDeleted(store);
        }
        try (LogStore store = open(config())) {
            assertDeleted(store);
            assertThat(await(store.offsetForTimestamp(T0, 1_000 + 20))).isEqualTo(46);
        }
    }

    private static void assertDeleted(LogStore store) {
        List<ReceivedMessage> left = readAll(store, T0, 0, 300);
        assertThat(left).hasSize(74);
        assertThat(left).allSatisfy(m -> assertThat(value(m)).isEqualTo("v" + m.id().offset()));
        assertThat(left).noneMatch(m -> m.id().offset() >= 20 && m.id().offset() < 46);
        try (FetchResult result = await(store.read(T0, 25, 1))) {
            RecordBatch empty = new RecordBatch().wrapChecked(result.batches().buffer(), 0);
            assertThat(empty.recordCount()).isZero();
            assertThat(empty.nextOffset()).isEqualTo(30);
        }
    }

    @Test
    void timestampFindsTheFirstOffset() {
        try (LogStore store = openWithTopic(config())) {
            fill(store, 0, 400, 10);
            for (int i : new int[] {0, 1, 57, 200, 399}) {
                assertThat(await(store.offsetForTimestamp(T0, 1_000 + i))).isEqualTo(i);
            }
            assertThat(await(store.offsetForTimestamp(T0, 0))).isZero();
            assertThat(await(store.offsetForTimestamp(T0, 1_400))).isEqualTo(400);
            fill(store, 100, 10, 10);
            assertThat(await(store.offsetForTimestamp(T0, 1_105))).isEqualTo(105);
            await(store.trim(T0, 390));
            assertThat(await(store.offsetForTimestamp(T0, 1_000))).isEqualTo(390);
        }
    }

    @Test
    void committedOffsetsSurviveAKilledProcessAndCompaction() throws IOException {
        Path killed = directory.resolve("killed");
        LogConfig config = LogConfig.of(directory.resolve("a"));
        try (LogStore store = openWithTopic(config)) {
            fill(store, 0, 6_000, 500);
            String name = "c".repeat(1000);
            for (long i = 0; i < 3_000; i++) {
                await(store.commitOffsets(name, Map.of(T0, i)));
                await(store.commitOffsets("other", Map.of(T0, i * 2)));
            }
            LogFixture.copy(config.directory(), killed);
            assertFails(
                    ErrorCode.UNKNOWN_PARTITION,
                    () -> await(store.commitOffsets("c", Map.of(new TopicPartition("t", 1), 0L))));
            assertThat(await(store.committedOffsets("nobody"))).isEmpty();
        }
        assertThat(Files.size(config.directory().resolve(CommittedOffsets.FILE_NAME)))
                .isLessThan(2_500_000);
        for (Path found : List.of(killed, config.directory())) {
            try (LogStore store = open(LogConfig.of(found))) {
                assertThat(await(store.committedOffsets("c".repeat(1000)))).isEqualTo(Map.of(T0, 2_999L));
                assertThat(await(store.committedOffsets("other"))).isEqualTo(Map.of(T0, 5_998L));
            }
        }
    }

    @Test
    void manyPartitionsAreCheapAndOpenFilesAreBounded() throws IOException {
        LogConfig few = config().withMaxOpenFiles(8).withSyncIntervalMs(60_000);
        try (LogStore store = open(few)) {
            await(store.createTopic(new TopicSpec("wide", 300)));
            for (int round = 0; round < 2; round++) {
                for (int p = 0; p < 300; p++) {
                    await(store.append(new TopicPartition("wide", p), batch(p, 1), Durability.SYNCED));
                    readAll(store, new TopicPartition("wide", p), 0, 100);
                }
            }
            assertThat(openFilesBelow(directory)).isLessThan(16);
        }
        try (LogStore store = open(few)) {
            assertThat(await(store.describeTopic("wide")).partitions()).allMatch(p -> p.endOffset() == 2);
        }
    }

    @Test
    void openAndCloseLeaveNoThreadAndNoFile() throws Exception {
        openWithTopic(config()).close();
        for (int i = 0; i < 200; i++) {
            try (LogStore store = open(config())) {
                append(store, batch(i, 1), i % 2 == 0 ? Durability.SYNCED : Durability.WRITTEN);
                await(store.commitOffsets("c", Map.of(T0, (long) i)));
            }
        }
        assertThat(openFilesBelow(directory)).isZero();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("portask-log")) {
                thread.join(20_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
        try (LogStore store = open(config())) {
            assertHolds(store, 200);
        }
    }

    private static int openFilesBelow(Path directory) throws IOException {
        int count = 0;
        try (var handles = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path handle : handles) {
                try {
                    count += Files.readSymbolicLink(handle).startsWith(directory.toRealPath()) ? 1 : 0;
                } catch (IOException e) {
                    assertThat(e).isInstanceOf(java.nio.file.NoSuchFileException.class);
                }
            }
        }
        return count;
    }

    @Test
    void closedStoreRefuses() {
        LogStore store = openWithTopic(config());
        store.close();
        store.close();
        assertFails(ErrorCode.CLOSED, () -> append(store, batch(0, 1), Durability.WRITTEN));
        assertFails(ErrorCode.CLOSED, store::start);
        assertFails(ErrorCode.CLOSED, () -> await(new LogStore(config(), LogFixture.context()).listTopics()));
    }

    @Test
    void readersSeeOnlyWholeBatchesWhileOthersAppend() throws Exception {
        try (LogStore store = openWithTopic(config().withSegmentBytes(20_000))) {
            AtomicBoolean done = new AtomicBoolean();
            CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
                long next = 0;
                while (!done.get() || next < end(store)) {
                    for (ReceivedMessage message : readAll(store, T0, next, 2_000)) {
                        assertThat(message.id().offset()).isEqualTo(next++);
                        assertThat(value(message)).isEqualTo("v" + message.id().offset());
                    }
                }
            });
            List<CompletionStage<AppendResult>> acks = new ArrayList<>();
            for (int i = 0; i < 6_000; i += 3) {
                acks.add(store.append(T0, batch(i, 3), i % 2 == 0 ? Durability.SYNCED : Durability.WRITTEN));
            }
            done.set(true);
            acks.forEach(LogFixture::await);
            await(reader);
        }
    }

    @Test
    void interruptedThreadsLoseNothing() throws Exception {
        try (LogStore store = openWithTopic(config())) {
            Thread[] users = new Thread[2];
            AtomicBoolean failed = new AtomicBoolean();
            for (int t = 0; t < users.length; t++) {
                boolean writes = t == 0;
                users[t] = new Thread(() -> {
                    try {
                        for (int i = 0; i < 3_000; i++) {
                            if (writes) {
                                store.append(T0, batch(i, 1), Durability.SYNCED);
                            } else {
                                store.read(T0, 0, 10_000)
                                        .toCompletableFuture()
                                        .join()
                                        .close();
                            }
                        }
                    } catch (RuntimeException e) {
                        failed.set(true);
                    }
                });
                users[t].start();
            }
            while (users[0].isAlive() || users[1].isAlive()) {
                users[0].interrupt();
                users[1].interrupt();
                Thread.onSpinWait();
            }
            assertThat(failed).isFalse();
            Thread.currentThread().interrupt();
            append(store, batch(3_000, 1), Durability.WRITTEN);
            assertThat(Thread.interrupted()).isTrue();
            assertHolds(store, 3_001);
        }
    }

    @Test
    void interruptedThreadCanOpenIndexesAndRollSegments() {
        openWithTopic(config()).close();
        try (LogStore store = open(config())) {
            fill(store, 0, 300, 5);
        }
        try (LogStore store = open(config())) {
            Thread.currentThread().interrupt();
            List<ReceivedMessage> all = new ArrayList<>();
            for (long next = 0; next < 300; next = all.get(all.size() - 1).id().offset() + 1) {
                try (FetchResult result =
                        store.read(T0, next, 1_000).toCompletableFuture().getNow(null)) {
                    all.addAll(RecordBatches.decode(T0, result.batches().buffer(), next));
                }
            }
            for (int i = 300; i < 600; i++) {
                assertThat(store.append(T0, batch(i, 1), Durability.WRITTEN)).isCompleted();
            }
            assertThat(Thread.interrupted()).isTrue();
            assertHolds(store, 600);
        }
    }

    private Path segment(long base) {
        return LogFixture.segment(directory, base);
    }
}
