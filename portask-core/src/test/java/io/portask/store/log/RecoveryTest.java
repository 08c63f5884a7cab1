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
import static io.portask.store.log.LogFixture.readAll;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatches;
import io.portask.store.AppendResult;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecoveryTest {
    @TempDir
    Path temp;

    private Path data;
    private Path segment;

    /** A store of one segment whose process was killed. */
    private void kill(int messages, int perBatch) throws IOException {
        Path live = temp.resolve("live");
        data = temp.resolve("killed");
        segment = LogFixture.segment(data, 0);
        try (LogStore store = openWithTopic(LogConfig.of(live).withSyncIntervalMs(60_000))) {
            fill(store, 0, messages, perBatch);
            LogFixture.copy(live, data);
        }
    }

    private LogConfig config() {
        return LogConfig.of(data);
    }

    private void forgetCheckpoint() throws IOException {
        Files.deleteIfExists(segment.resolveSibling(Checkpoint.FILE_NAME));
        Files.deleteIfExists(segment.resolveSibling(Segment.fileName(0, Segment.INDEX_SUFFIX)));
    }

    @Test
    void killedStoreLosesNothing() throws IOException {
        kill(300, 7);
        try (LogStore store = open(config())) {
            assertHolds(store, 300);
            assertThat(append(store, batch(300, 1), Durability.SYNCED).baseOffset())
                    .isEqualTo(300);
            assertHolds(store, 301);
        }
    }

    @Test
    void tornTailIsCutToTheLastWholeBatchAtEveryByte() throws IOException {
        kill(8, 2);
        byte[] whole = Files.readAllBytes(segment);
        int batchSize = whole.length / 4;
        assertThat(whole.length).isEqualTo(4 * batchSize);
        for (int size = whole.length - 2 * batchSize; size < whole.length; size++) {
            Files.write(segment, Arrays.copyOf(whole, size));
            forgetCheckpoint();
            try (LogStore store = open(config())) {
                int left = size / batchSize * 2;
                assertThat(end(store)).as("cut at %d", size).isEqualTo(left);
                assertHolds(store, left);
                assertThat(Files.size(segment)).isEqualTo((long) size / batchSize * batchSize);
            }
        }
    }

    @Test
    void appendsGoOnBehindACutTail() throws IOException {
        kill(8, 2);
        byte[] whole = Files.readAllBytes(segment);
        Files.write(segment, Arrays.copyOf(whole, whole.length - 5));
        try (LogStore store = open(config())) {
            fill(store, 6, 10, 3);
            assertHolds(store, 16);
        }
        try (LogStore store = open(config())) {
            assertHolds(store, 16);
        }
    }

    @Test
    void zerosAndGarbageBehindTheLastBatchAreCut() throws IOException {
        long seed = 4711;
        Random random = new Random(seed);
        kill(8, 2);
        byte[] whole = Files.readAllBytes(segment);
        for (int length : new int[] {1, 11, 60, 61, 100, 5_000, 300_000}) {
            for (boolean zeros : new boolean[] {true, false}) {
                byte[] tail = new byte[length];
                if (!zeros) {
                    random.nextBytes(tail);
                }
                byte[] both = Arrays.copyOf(whole, whole.length + length);
                System.arraycopy(tail, 0, both, whole.length, length);
                Files.write(segment, both);
                forgetCheckpoint();
                try (LogStore store = open(config())) {
                    assertHolds(store, 8);
                    assertThat(Files.size(segment)).as("seed %d", seed).isEqualTo(whole.length);
                }
            }
        }
    }

    @Test
    void damageBeforeGoodBatchesIsQuarantinedAndAppendsGoOnBehindIt() throws IOException {
        killSynced();
        byte[] whole = Files.readAllBytes(segment);
        int position = startOfBatch(whole, 5);
        Path aside = segment.resolveSibling(Segment.fileName(0, Segment.QUARANTINE_SUFFIX));
        for (int at : new int[] {3, 10, 70}) {
            byte[] damaged = whole.clone();
            damaged[position + at] ^= 0x55;
            deletePartition();
            Files.write(segment, damaged);
            for (int restart = 0; restart < 3; restart++) {
                try (LogStore store = open(config())) {
                    assertThat(end(store)).isEqualTo(40 + restart);
                    assertThat(append(store, batch(40 + restart, 1), Durability.SYNCED)
                                    .baseOffset())
                            .isEqualTo(40 + restart);
                    assertThat(readAllUntilDamage(store)).isEqualTo(20);
                    assertThatThrownBy(() -> readAll(store, T0, 20, 100))
                            .hasMessageContainingAll("t:0 is damaged at offset 20", "Read on at offset 24");
                    assertThat(readAll(store, T0, 24, 100)).hasSize(17 + restart);
                }
                assertThat(Files.readAllBytes(aside)).isEqualTo(damaged);
                assertThat(segment).doesNotExist();
            }
        }
    }

    /** A store of one segment with 40 messages, of which all but the last four were forced when it was killed. */
    private void killSynced() throws IOException {
        Path live = temp.resolve("live");
        data = temp.resolve("killed");
        segment = LogFixture.segment(data, 0);
        try (LogStore store = openWithTopic(LogConfig.of(live).withSyncIntervalMs(60_000))) {
            for (int i = 0; i < 40; i += 4) {
                append(store, batch(i, 4), Durability.SYNCED);
            }
            LogFixture.copy(live, data);
        }
    }

    private static int startOfBatch(byte[] bytes, int number) {
        int at = 0;
        for (int i = 0; i < number; i++) {
            at += (int) RecordBatch.sizeAt(ByteBuffer.wrap(bytes), at);
        }
        return at;
    }

    private void deletePartition() throws IOException {
        try (var files = Files.newDirectoryStream(segment.getParent())) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    @Test
    void unforcedWritesLostInTheMiddleEndTheLogThere() throws IOException {
        kill(40, 4);
        byte[] whole = Files.readAllBytes(segment);
        int position = startOfBatch(whole, 5);
        byte[] torn = whole.clone();
        Arrays.fill(torn, position, position + 100, (byte) 0);
        Files.write(segment, torn);
        for (int restart = 0; restart < 2; restart++) {
            try (LogStore store = open(config())) {
                assertHolds(store, 20 + restart);
                append(store, batch(20 + restart, 1), Durability.WRITTEN);
            }
        }
        assertThat(Files.readAllBytes(segment.resolveSibling(Segment.fileName(20, ".torn"))))
                .isEqualTo(Arrays.copyOfRange(torn, position, torn.length));
    }

    @Test
    void offsetsThatAreMissingAreNeverGivenAgain() throws IOException {
        data = temp.resolve("data");
        LogConfig small = config().withSegmentBytes(4096);
        try (LogStore store = openWithTopic(small)) {
            for (int i = 0; i < 300; i += 5) {
                append(store, batch(i, 5), Durability.SYNCED);
            }
        }
        NavigableMap<Long, Path> files = PartitionRecovery.segmentFiles(Disk.SYSTEM, data.resolve("topics/t/0"));
        long lost = files.higherKey(0L);
        long next = files.higherKey(lost);
        Files.delete(files.get(lost));
        Files.delete(files.get(lost).resolveSibling(Checkpoint.FILE_NAME));
        try (LogStore store = open(small)) {
            assertThat(end(store)).isEqualTo(300);
            assertThat(readAllUntilDamage(store)).isEqualTo(lost);
            assertThatThrownBy(() -> readAll(store, T0, lost, 100)).hasMessageContaining("Read on at offset " + next);
            assertThat(readAll(store, T0, next, 100)).hasSize((int) (300 - next));
            assertThat(append(store, batch(300, 1), Durability.WRITTEN).baseOffset())
                    .isEqualTo(300);
        }
    }

    private static long readAllUntilDamage(LogStore store) {
        long offset = 0;
        while (true) {
            var stage = store.read(T0, offset, 1).toCompletableFuture();
            if (stage.isCompletedExceptionally()) {
                return offset;
            }
            offset = stage.join().nextOffset();
            stage.join().close();
        }
    }

    @Test
    void bytesThatWereOnTheDeviceAndAreGoneLeaveAHole() throws IOException {
        kill(40, 4);
        open(config()).close();
        byte[] whole = Files.readAllBytes(segment);
        for (int cut : new int[] {startOfBatch(whole, 5), startOfBatch(whole, 5) + 7}) {
            Files.write(segment, Arrays.copyOf(whole, cut));
            try (LogStore store = open(config())) {
                assertThat(end(store)).isGreaterThanOrEqualTo(40);
                assertThat(readAllUntilDamage(store)).isEqualTo(20);
                assertThatThrownBy(() -> readAll(store, T0, 20, 100)).hasMessageContaining("Read on at offset 40");
                long end = end(store);
                assertThat(append(store, batch(40, 1), Durability.WRITTEN).baseOffset())
                        .isEqualTo(end);
                assertThat(readAll(store, T0, 40, 100)).hasSize((int) (end - 39));
            }
        }
    }

    @Test
    void onlyWhatFollowsTheLastCheckpointIsScanned() throws IOException {
        Path live = temp.resolve("live");
        data = temp.resolve("killed");
        segment = LogFixture.segment(data, 0);
        try (LogStore store = openWithTopic(LogConfig.of(live))) {
            for (int i = 0; i < 12; i++) {
                append(store, batch(i, 1, -1, (short) -1, -1, 100_000), Durability.SYNCED);
            }
            await(store.createTopic(new TopicSpec("barrier", 1)));
            append(store, batch(12, 1), Durability.SYNCED);
            LogFixture.copy(live, data);
        }
        byte[] whole = Files.readAllBytes(segment);
        whole[startOfBatch(whole, 3) + 200] ^= 1;
        Files.write(segment, whole);
        try (LogStore store = open(config())) {
            assertThat(segment).exists();
            assertThat(end(store)).isEqualTo(13);
            assertThat(readAllUntilDamage(store)).isEqualTo(3);
            assertThat(readAll(store, T0, 4, 1)).hasSize(9);
        }
    }

    @Test
    void cleanlyClosedPartitionIsNotScanned() throws IOException {
        kill(40, 4);
        open(config()).close();
        byte[] whole = Files.readAllBytes(segment);
        whole[100] ^= 1;
        Files.write(segment, whole);
        try (LogStore store = open(config())) {
            assertThat(append(store, batch(40, 1), Durability.WRITTEN).baseOffset())
                    .isEqualTo(40);
            assertFails(ErrorCode.CORRUPT_STORE, () -> readAll(store, T0, 0, 100));
        }
    }

    @Test
    void flippedBitOfABatchIsNoticed() throws IOException {
        flipBits(31);
    }

    @Test
    @Tag("long")
    void everyFlippedBitOfABatchIsNoticed() throws IOException {
        flipBits(1);
    }

    private void flipBits(int step) throws IOException {
        kill(40, 4);
        open(config()).close();
        byte[] whole = Files.readAllBytes(segment);
        int begin = 0;
        for (int i = 0; i < 5; i++) {
            begin += (int) RecordBatch.sizeAt(ByteBuffer.wrap(whole), begin);
        }
        int size = (int) RecordBatch.sizeAt(ByteBuffer.wrap(whole), begin);
        for (int bit = 0; bit < size * 8; bit += step) {
            int field = bit / 8;
            if (field >= RecordBatch.LEADER_EPOCH_OFFSET && field < RecordBatch.MAGIC_OFFSET) {
                continue;
            }
            byte[] damaged = whole.clone();
            damaged[begin + bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(segment, damaged);
            try (LogStore store = open(config())) {
                for (int offset = 0; offset < 40; offset++) {
                    var read = store.read(T0, offset, 1).toCompletableFuture();
                    if (!read.isCompletedExceptionally()) {
                        List<ReceivedMessage> messages =
                                RecordBatches.decode(T0, read.join().batches().buffer(), offset);
                        assertThat(LogFixture.value(messages.get(0)))
                                .as("bit %d", bit)
                                .isEqualTo("v" + offset);
                        read.join().close();
                    }
                }
                assertFails(ErrorCode.CORRUPT_STORE, () -> readAll(store, T0, 0, 100));
            }
        }
    }

    @Test
    void missingOrDamagedIndexesAndCheckpointsAreRebuilt() throws IOException {
        data = temp.resolve("data");
        LogConfig small = config().withSegmentBytes(60_000);
        try (LogStore store = openWithTopic(small)) {
            fill(store, 0, 3_000, 5);
        }
        long seed = 99;
        Random random = new Random(seed);
        for (int round = 0; round < 4; round++) {
            try (var files = Files.newDirectoryStream(data.resolve("topics/t/0"))) {
                for (Path file : files) {
                    if (!file.toString().endsWith(Segment.SUFFIX)) {
                        byte[] bytes = Files.readAllBytes(file);
                        bytes[random.nextInt(bytes.length)] ^= 1;
                        Files.write(file, random.nextBoolean() ? bytes : Arrays.copyOf(bytes, bytes.length / 2));
                        if (random.nextInt(3) == 0) {
                            Files.delete(file);
                        }
                    }
                }
            }
            try (LogStore store = open(small)) {
                assertHolds(store, 3_000);
                assertThat(await(store.offsetForTimestamp(T0, 1_000 + 1_234)))
                        .as("seed %d", seed)
                        .isEqualTo(1_234);
                assertThat(readAll(store, T0, 2_222, 1_000)).hasSize(778);
            }
        }
    }

    @Test
    void killedAtAnyMomentItKeepsWhatWasAcknowledged() throws Exception {
        Path live = temp.resolve("live");
        LogConfig small = LogConfig.of(live).withSegmentBytes(4096).withSyncIntervalMs(1);
        try (LogStore store = openWithTopic(small)) {
            AtomicLong acknowledged = new AtomicLong();
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < 4_000; i++) {
                    Durability durability = i % 3 == 0 ? Durability.SYNCED : Durability.WRITTEN;
                    append(store, LogFixture.producerBatch(7, i, 1), durability);
                    acknowledged.set(i + 1);
                }
            });
            for (int kill = 0; kill < 8; kill++) {
                long before = acknowledged.get();
                Path copy = LogFixture.copy(live.resolve("topics"), temp.resolve("copy" + kill + "/topics"))
                        .getParent();
                try (LogStore found = open(LogConfig.of(copy).withSegmentBytes(4096))) {
                    long end = end(found);
                    assertThat(end).isGreaterThanOrEqualTo(before);
                    assertHolds(found, (int) end);
                    AppendResult next = append(found, LogFixture.producerBatch(7, (int) end, 1), Durability.SYNCED);
                    assertThat(next.baseOffset()).isEqualTo(end);
                }
            }
            await(writer);
        }
    }

    @Test
    void damagedCommittedOffsetsAreNotCutOff() throws IOException {
        data = temp;
        try (LogStore store = openWithTopic(config())) {
            fill(store, 0, 3, 3);
            for (long i = 0; i < 3; i++) {
                await(store.commitOffsets("c", Map.of(T0, i)));
            }
        }
        Path file = data.resolve(CommittedOffsets.FILE_NAME);
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length - EntryLog.BODY_OFFSET - 1));
        try (LogStore store = open(config())) {
            assertThat(await(store.committedOffsets("c"))).isEqualTo(Map.of(T0, 1L));
        }
        bytes[EntryLog.BODY_OFFSET] ^= 1;
        Files.write(file, bytes);
        assertFails(ErrorCode.CORRUPT_STORE, () -> open(config()));
    }
}
