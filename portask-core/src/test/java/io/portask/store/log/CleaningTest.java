package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.append;
import static io.portask.store.log.LogFixture.await;
import static io.portask.store.log.LogFixture.producerBatch;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatchBuilder;
import io.portask.store.StoreContext;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is removed from within segments. About 90 messages of the fixture make a segment; the first one begins at 0. */
class CleaningTest {
    private static final TopicConfig COMPACTED =
            TopicConfig.DEFAULT.withCompacted(true).withTombstoneRetentionMs(1000);

    @TempDir
    Path directory;

    private final SettableClock clock = new SettableClock(1_000_000);
    private final AtomicBoolean refuseMoves = new AtomicBoolean();
    private CleaningConfig cleaning = CleaningConfig.DEFAULT.withDelayMs(0).withBytesPerSecond(1L << 40);
    private LogStore store;

    @BeforeEach
    void openStore() {
        store = open();
        await(store.createTopic(new TopicSpec("t", 1)));
    }

    private LogStore open() {
        Disk disk = new SystemDisk() {
            @Override
            public void move(Path from, Path to) throws IOException {
                if (refuseMoves.get() && from.toString().endsWith(SegmentRewriter.SUFFIX)) {
                    throw new IOException("refused");
                }
                super.move(from, to);
            }
        };
        LogConfig config = LogConfig.of(directory).withSegmentBytes(4096).withCleaning(cleaning);
        LogStore opened = new LogStore(
                config, new StoreContext(new SimpleMeterRegistry(), clock), disk, new Syncer(1), new Housekeeper());
        opened.start();
        return opened;
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private void reopen() {
        store.close();
        store = open();
    }

    private int delete(long from, long end) {
        return await(
                store.deleteMessages(T0, LongStream.range(from, end).boxed().toList()));
    }

    private boolean isOnDisk(String text) throws IOException {
        for (Path path : Disk.SYSTEM.list(directory.resolve("topics/t/0"))) {
            if (path.toString().endsWith(Segment.SUFFIX)
                    && new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1).contains(text)) {
                return true;
            }
        }
        return false;
    }

    private List<Long> offsets() {
        return LogFixture.readAll(store, T0, 0, 700).stream()
                .map(ReceivedMessage::offset)
                .toList();
    }

    private static ByteBuffer keyed(String key, String value) {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(1024)) {
            byte[] bytes = value == null ? null : (value + "-").getBytes(StandardCharsets.UTF_8);
            builder.append(1000, key.getBytes(StandardCharsets.UTF_8), bytes, List.of());
            ByteBuffer built = builder.build();
            return ByteBuffer.allocateDirect(built.remaining()).put(built).flip();
        }
    }

    private void put(String key, String value) {
        append(store, keyed(key, value), Durability.WRITTEN);
    }

    /** Seals what was published before: other keys in more than one segment. */
    private void fillSegment() {
        for (int i = 0; i < 100; i++) {
            put("filler" + i, "x".repeat(20));
        }
        append(store, keyed("filler", "x"), Durability.SYNCED);
    }

    private List<String> values(String key) {
        return LogFixture.readAll(store, T0, 0, 4000).stream()
                .filter(message -> key.equals(message.keyText()))
                .map(message -> message.value() == null ? "tombstone" : LogFixture.value(message))
                .toList();
    }

    @Test
    void deletedMessagesLeaveTheDisk() throws IOException {
        LogFixture.fill(store, 0, 300, 10);
        append(store, LogFixture.batch(300, 1), Durability.SYNCED);
        assertThat(delete(5, 8)).isEqualTo(3);
        assertThat(isOnDisk("v6-")).isTrue();
        store.clean();
        assertThat(isOnDisk("v6-")).isFalse();
        assertThat(isOnDisk("v4-")).isTrue();
        assertThat(offsets()).hasSize(298).doesNotContain(5L, 6L, 7L).contains(4L, 8L, 300L);
        assertThat(Files.size(directory.resolve("topics/t/0/" + DeletedOffsets.FILE_NAME)))
                .isZero();
        reopen();
        assertThat(offsets()).hasSize(298).doesNotContain(5L, 6L, 7L);
    }

    @Test
    void deletedMessagesOfTheActiveSegmentLeaveTheDiskToo() throws IOException {
        append(store, LogFixture.batch(0, 10), Durability.SYNCED);
        delete(3, 4);
        store.clean();
        append(store, LogFixture.batch(10, 1), Durability.SYNCED);
        store.clean();
        assertThat(isOnDisk("v3-")).isFalse();
        assertThat(offsets()).containsExactly(0L, 1L, 2L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    }

    @Test
    void aMessageThatIsGoneCannotBeDeletedAgain() {
        LogFixture.fill(store, 0, 300, 10);
        append(store, LogFixture.batch(300, 1), Durability.SYNCED);
        assertThat(delete(0, 50)).isEqualTo(50);
        store.clean();
        assertThat(delete(0, 51)).isEqualTo(1);
    }

    @Test
    void fewDeletionsWaitForTheDelay() throws IOException {
        cleaning = cleaning.withDelayMs(5000);
        reopen();
        append(store, LogFixture.batch(0, 200), Durability.SYNCED);
        append(store, LogFixture.batch(200, 50), Durability.SYNCED);
        delete(5, 6);
        store.clean();
        assertThat(isOnDisk("v5-")).isTrue();
        clock.set(clock.millis() + 5000);
        store.clean();
        assertThat(isOnDisk("v5-")).isFalse();
    }

    @Test
    void manyDeletionsDoNotWait() throws IOException {
        cleaning = cleaning.withDelayMs(5000);
        reopen();
        append(store, LogFixture.batch(0, 200), Durability.SYNCED);
        append(store, LogFixture.batch(200, 50), Durability.SYNCED);
        delete(5, 8);
        store.clean();
        assertThat(isOnDisk("v5-")).isFalse();
    }

    @Test
    void aReplacementThatFailsLosesNothingAndIsDoneLater() throws IOException {
        LogFixture.fill(store, 0, 300, 10);
        append(store, LogFixture.batch(300, 1), Durability.SYNCED);
        delete(5, 8);
        refuseMoves.set(true);
        store.clean();
        assertThat(offsets()).hasSize(298).doesNotContain(5L, 6L, 7L);
        refuseMoves.set(false);
        store.clean();
        assertThat(offsets()).hasSize(298).doesNotContain(5L, 6L, 7L);
        assertThat(isOnDisk("v6-")).isFalse();
    }

    @Test
    void whatACrashLeftOfARewriteIsRemoved() throws IOException {
        LogFixture.fill(store, 0, 300, 10);
        store.close();
        Path left = directory.resolve("topics/t/0/" + Segment.fileName(0, SegmentRewriter.SUFFIX));
        Files.write(left, new byte[100]);
        store = open();
        assertThat(left).doesNotExist();
        LogFixture.assertHolds(store, 300);
    }

    @Test
    void aDamagedSegmentStaysAsItIs() throws IOException {
        LogFixture.fill(store, 0, 300, 10);
        append(store, LogFixture.batch(300, 1), Durability.SYNCED);
        Path segment = LogFixture.segment(directory, 0);
        try (RandomAccessFile file = new RandomAccessFile(segment.toFile(), "rw")) {
            file.seek(1500);
            file.write(0x55);
        }
        byte[] before = Files.readAllBytes(segment);
        delete(1, 3);
        store.clean();
        assertThat(Files.readAllBytes(segment)).isEqualTo(before);
    }

    @Test
    void aProducersRetryIsRecognizedAfterItsMessagesAreGone() {
        for (int i = 0; i < 20; i++) {
            append(store, producerBatch(7, 10 * i, 10), Durability.SYNCED);
        }
        LogFixture.fill(store, 200, 100, 10);
        append(store, LogFixture.batch(300, 1), Durability.SYNCED);
        delete(0, 200);
        store.clean();
        store.close();
        Path checkpoint = directory.resolve("topics/t/0/" + Checkpoint.FILE_NAME);
        assertThat(checkpoint.toFile().delete()).isTrue();
        store = open();
        assertThat(append(store, producerBatch(7, 190, 10), Durability.SYNCED).baseOffset())
                .isEqualTo(190);
        assertThat(append(store, producerBatch(7, 200, 10), Durability.SYNCED).duplicate())
                .isFalse();
    }

    @Test
    void readersNeitherMissNorSeeWhatIsRemovedUnderThem() throws InterruptedException {
        LogFixture.fill(store, 0, 1000, 10);
        append(store, LogFixture.batch(1000, 1), Durability.SYNCED);
        delete(0, 5);
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread reader = new Thread(() -> {
            try {
                while (!done.get()) {
                    List<Long> seen = offsets();
                    assertThat(seen).doesNotContain(0L, 1L, 2L, 3L, 4L);
                    for (long kept = 9; kept < 1000; kept += 10) {
                        assertThat(seen).contains(kept);
                    }
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        reader.start();
        for (int i = 0; i < 900; i += 30) {
            delete(i, i + 9);
            store.clean();
        }
        done.set(true);
        reader.join();
        assertThat(failure.get()).isNull();
    }

    @Test
    void theLatestValueOfEachKeyStays() throws IOException {
        await(store.configureTopic("t", COMPACTED));
        put("k", "old");
        put("other", "only");
        put("k", "new");
        fillSegment();
        store.clean();
        assertThat(values("k")).containsExactly("new");
        assertThat(values("other")).containsExactly("only");
        assertThat(isOnDisk("old-")).isFalse();
        assertThat(LogFixture.end(store)).isEqualTo(104);
        reopen();
        assertThat(values("k")).containsExactly("new");
        assertThat(LogFixture.end(store)).isEqualTo(104);
    }

    @Test
    void theActiveSegmentIsNotCompacted() {
        await(store.configureTopic("t", COMPACTED));
        put("k", "old");
        append(store, keyed("k", "new"), Durability.SYNCED);
        store.clean();
        assertThat(values("k")).containsExactly("old", "new");
    }

    @Test
    void tombstonesGoWhenTheirRetentionIsOver() {
        await(store.configureTopic("t", COMPACTED));
        put("k", "old");
        put("k", null);
        fillSegment();
        store.clean();
        assertThat(values("k")).containsExactly("tombstone");
        clock.set(clock.millis() + 999);
        reopen();
        store.clean();
        assertThat(values("k")).containsExactly("tombstone");
        clock.set(clock.millis() + 1);
        store.clean();
        assertThat(values("k")).isEmpty();
    }

    @Test
    void aDeletedMessageSupersedesNothing() {
        await(store.configureTopic("t", COMPACTED));
        put("k", "old");
        append(store, keyed("k", "new"), Durability.SYNCED);
        delete(1, 2);
        fillSegment();
        store.clean();
        assertThat(values("k")).containsExactly("old");
    }

    @Test
    void messagesWithoutAKeyThatWereThereBeforeStay() {
        LogFixture.fill(store, 0, 100, 10);
        await(store.configureTopic("t", COMPACTED));
        fillSegment();
        store.clean();
        assertThat(offsets()).contains(0L, 50L, 99L);
    }

    @Test
    void moreKeysThanMemoryHoldsTakeSeveralPasses() {
        cleaning = cleaning.withMaxKeys(16);
        reopen();
        await(store.configureTopic("t", COMPACTED));
        for (int round = 0; round < 3; round++) {
            for (int key = 0; key < 100; key++) {
                put("k" + key, "r" + round);
            }
        }
        fillSegment();
        store.clean();
        for (int key = 0; key < 100; key++) {
            assertThat(values("k" + key)).containsExactly("r2");
        }
    }
}
