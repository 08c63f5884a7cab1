package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.append;
import static io.portask.store.log.LogFixture.assertFails;
import static io.portask.store.log.LogFixture.await;
import static io.portask.store.log.LogFixture.end;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.RecordBatches;
import io.portask.store.FetchResult;
import io.portask.store.PartitionInfo;
import io.portask.store.StoreContext;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The timestamp of message {@code i} is 1000 + i, and 100 messages of the fixture make about one segment. */
class RetentionTest {
    private static final TopicConfig HUNDRED_MS = TopicConfig.DEFAULT.withRetentionMs(100);

    @TempDir
    Path directory;

    private final SettableClock clock = new SettableClock(1000);
    private SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private LogStore store;

    @BeforeEach
    void openStore() {
        store = open(Disk.SYSTEM);
        await(store.createTopic(new TopicSpec("t", 1)));
    }

    private LogStore open(Disk disk) {
        LogConfig config = LogConfig.of(directory).withSegmentBytes(4096);
        meters = new SimpleMeterRegistry();
        LogStore opened =
                new LogStore(config, new StoreContext(meters, clock), disk, new Syncer(50), new Housekeeper());
        opened.start();
        return opened;
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private void keep(TopicConfig config) {
        await(store.configureTopic("t", config));
    }

    private PartitionInfo info() {
        return await(store.describePartition(T0));
    }

    private double removed(String reason) {
        return meters.counter("portask.store.removed.bytes", "reason", reason).count();
    }

    @Test
    void segmentsGoWhenTheirNewestMessageIsTooOld() throws IOException {
        LogFixture.fill(store, 0, 300, 10);
        keep(HUNDRED_MS);
        clock.set(1100);
        store.clean();
        assertThat(info().startOffset()).isZero();
        clock.set(1300);
        store.clean();
        long start = info().startOffset();
        assertThat(start).isBetween(100L, 200L);
        assertThat(LogFixture.segment(directory, 0)).doesNotExist();
        assertThat(LogFixture.segment(directory, start)).exists();
        assertThat(LogFixture.readAll(store, T0, start, 700)).hasSize((int) (300 - start));
        assertThat(removed("age")).isPositive();
        assertThat(removed("size")).isZero();
    }

    @Test
    void theActiveSegmentGoesWhenAllOfItIsTooOld() {
        LogFixture.fill(store, 0, 30, 10);
        keep(HUNDRED_MS);
        clock.set(1129);
        store.clean();
        assertThat(info().startOffset()).isZero();
        clock.set(1130);
        store.clean();
        assertThat(info()).isEqualTo(new PartitionInfo(0, 30, 30, 0));
        store.close();
        store = open(Disk.SYSTEM);
        assertThat(info()).isEqualTo(new PartitionInfo(0, 30, 30, 0));
        assertThat(append(store, LogFixture.batch(130, 1), Durability.SYNCED).baseOffset())
                .isEqualTo(30);
        store.clean();
        assertThat(info().startOffset()).isEqualTo(30);
    }

    @Test
    void theEndSurvivesAKillRightAfterEverythingWent() throws IOException {
        LogFixture.fill(store, 0, 30, 10);
        keep(HUNDRED_MS);
        clock.set(5000);
        store.clean();
        Path copy = LogFixture.copy(directory, directory.resolveSibling("copy"));
        Files.delete(copy.resolve("topics/t/0/" + Segment.fileName(30, Segment.SUFFIX)));
        try (LogStore later = LogFixture.open(LogConfig.of(copy))) {
            assertThat(end(later)).isEqualTo(30);
        }
    }

    @Test
    void timestampsInTheFutureKeepNothingLongerThanTheStoreRuns() {
        LogFixture.fill(store, 4000, 10, 10);
        keep(HUNDRED_MS);
        store.clean();
        clock.set(1100);
        store.clean();
        assertThat(info().startOffset()).isZero();
        clock.set(1101);
        store.clean();
        assertThat(info().startOffset()).isEqualTo(10);
    }

    @Test
    void aSegmentOfFutureMessagesThatGrowsIsYoungAgain() {
        LogFixture.fill(store, 4000, 10, 10);
        keep(HUNDRED_MS);
        store.clean();
        LogFixture.fill(store, 4010, 10, 10);
        clock.set(1101);
        store.clean();
        assertThat(info().startOffset()).isZero();
    }

    @Test
    void theOldestSegmentsGoWhileThePartitionIsTooLarge() {
        LogFixture.fill(store, 0, 1000, 10);
        long before = info().sizeInBytes();
        keep(TopicConfig.DEFAULT.withRetentionBytes(10_000));
        store.clean();
        PartitionInfo after = info();
        assertThat(after.sizeInBytes()).isBetween(10_000L - 4096, 10_000L);
        assertThat(after.endOffset()).isEqualTo(1000);
        assertThat(removed("size")).isEqualTo(before - after.sizeInBytes());
        assertThat(removed("age")).isZero();
    }

    @Test
    void theOldestSegmentsGoWhileThePartitionHasTooManyMessages() {
        LogFixture.fill(store, 0, 1000, 10);
        long before = info().sizeInBytes();
        keep(TopicConfig.DEFAULT.withRetentionMessages(300));
        store.clean();
        PartitionInfo after = info();
        long perSegment = 1000 * 4096 / before;
        assertThat(after.endOffset() - after.startOffset()).isBetween(300 - perSegment - 10, 300L);
        assertThat(after.endOffset()).isEqualTo(1000);
        assertThat(removed("size")).isEqualTo(before - after.sizeInBytes());
        keep(TopicConfig.DEFAULT.withRetentionMessages(1));
        store.clean();
        assertThat(info().startOffset()).isLessThan(1000);
    }

    @Test
    void theActiveSegmentNeverGoesForItsSize() {
        LogFixture.fill(store, 0, 30, 10);
        keep(TopicConfig.DEFAULT.withRetentionBytes(1));
        store.clean();
        assertThat(info().startOffset()).isZero();
        LogFixture.assertHolds(store, 30);
    }

    @Test
    void theStartMovesDurablyBeforeAFileIsDeleted() {
        store.close();
        AtomicBoolean refuse = new AtomicBoolean();
        store = open(new SystemDisk() {
            @Override
            public void move(Path from, Path to) throws IOException {
                if (refuse.get() && to.endsWith(StartOffsetFile.FILE_NAME)) {
                    throw new IOException("refused");
                }
                super.move(from, to);
            }
        });
        LogFixture.fill(store, 0, 300, 10);
        keep(HUNDRED_MS);
        clock.set(1300);
        refuse.set(true);
        store.clean();
        assertThat(info().startOffset()).isZero();
        LogFixture.assertHolds(store, 300);
        refuse.set(false);
        store.clean();
        assertThat(info().startOffset()).isPositive();
    }

    @Test
    void aReadThatBeganBeforeItsSegmentWentHoldsItsBytes() {
        LogFixture.fill(store, 0, 300, 10);
        keep(HUNDRED_MS);
        try (FetchResult reading = await(store.read(T0, 0, 700))) {
            clock.set(5000);
            store.clean();
            assertThat(info().startOffset()).isEqualTo(300);
            assertThat(RecordBatches.decode(T0, reading.batches().buffer(), 0)
                            .get(0)
                            .offset())
                    .isZero();
        }
        assertFails(ErrorCode.OFFSET_OUT_OF_RANGE, () -> await(store.read(T0, 0, 700)));
    }

    @Test
    void readersThatFollowRetentionSeeEveryMessageThatIsLeft() throws InterruptedException {
        keep(TopicConfig.DEFAULT.withRetentionBytes(8192));
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread reader = new Thread(() -> {
            try {
                long offset = 0;
                while (!done.get() || offset < end(store)) {
                    try (FetchResult result = await(store.read(T0, offset, 2000))) {
                        offset = result.nextOffset();
                    } catch (PortaskException e) {
                        assertThat(e.code()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
                        offset = info().startOffset();
                    }
                }
            } catch (Throwable e) {
                failure.set(e);
            }
        });
        reader.start();
        for (int i = 0; i < 200; i++) {
            LogFixture.fill(store, 50 * i, 50, 10);
            store.clean();
        }
        done.set(true);
        reader.join();
        assertThat(failure.get()).isNull();
        assertThat(info().sizeInBytes()).isLessThanOrEqualTo(8192);
    }

    @Test
    void aTopicThatIsDeletedMeanwhileDisturbsNobody() {
        keep(HUNDRED_MS);
        LogFixture.fill(store, 0, 30, 10);
        await(store.deleteTopic("t"));
        clock.set(5000);
        store.clean();
        await(store.createTopic(new TopicSpec("t", 1)));
        store.clean();
        assertThat(info()).isEqualTo(new PartitionInfo(0, 0, 0, 0));
    }

    @Test
    void partitionsAreCleanedByThemselves() throws InterruptedException {
        store.close();
        CountDownLatch moved = new CountDownLatch(1);
        Disk disk = new SystemDisk() {
            @Override
            public void move(Path from, Path to) throws IOException {
                super.move(from, to);
                if (to.endsWith(StartOffsetFile.FILE_NAME)) {
                    moved.countDown();
                }
            }
        };
        LogConfig config = LogConfig.of(directory).withCleaning(CleaningConfig.DEFAULT.withRetentionCheckMs(10));
        store = new LogStore(config, new StoreContext(meters, clock), disk, new Syncer(50), new Housekeeper());
        store.start();
        keep(HUNDRED_MS);
        LogFixture.fill(store, 0, 30, 10);
        clock.set(5000);
        assertThat(moved.await(30, TimeUnit.SECONDS)).isTrue();
    }
}
