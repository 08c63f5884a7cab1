package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.await;
import static io.portask.store.log.LogFixture.batch;
import static io.portask.store.log.LogFixture.readAll;
import static io.portask.store.log.LogFixture.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatches;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Threads that append, read, trim, delete and clean one partition at the same time, each by a random sequence of its own. What a
 * call may return follows from the calls that had ended before it began: an acknowledged message is read as it was
 * written, unless a trim, a deletion or the retention may have taken it; one that was gone stays gone.
 */
final class ConcurrentUseTest {
    private static final int APPENDS = 60;
    private static final int READS = 60;
    private static final int REMOVALS = 12;

    @Test
    void callsLookAsIfTheyCameOneAfterTheOther() {
        run(0, 200);
    }

    @Test
    @Tag("long")
    void callsLookAsIfTheyCameOneAfterTheOtherTwentyThousandTimes() {
        run(0, 20_000);
    }

    private static void run(int first, int count) {
        for (int seed = first; seed < first + count; seed++) {
            try {
                new Run(seed).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("Seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private static final class Run {
        private final int seed;
        private final LogStore store;
        private final AtomicInteger numbers = new AtomicInteger();
        private final AtomicLong acknowledgedEnd = new AtomicLong();
        private final AtomicLong trimmedTo = new AtomicLong();

        /** What lies at each acknowledged offset. */
        private final Map<Long, String> written = new ConcurrentHashMap<>();

        /** Deletions that were asked for, and those of them that were acknowledged. */
        private final Set<Long> deleting = ConcurrentHashMap.newKeySet();

        private final Set<Long> deleted = ConcurrentHashMap.newKeySet();

        Run(int seed) {
            this.seed = seed;
            LogConfig config = LogConfig.of(Path.of("/data"))
                    .withSegmentBytes(4096)
                    .withSyncIntervalMs(1)
                    .withMinFreeBytes(0)
                    .withCleaning(CleaningConfig.DEFAULT
                            .withRetentionCheckMs(CleaningConfig.BY_HAND)
                            .withBytesPerSecond(1L << 40)
                            .withDelayMs(0));
            store = LogFixture.open(config, new SimulatedDisk());
            TopicConfig keeps = seed % 2 == 0 ? TopicConfig.DEFAULT.withRetentionBytes(20_000) : TopicConfig.DEFAULT;
            await(store.createTopic(new TopicSpec("t", 1, keeps)));
        }

        void run() {
            try (store) {
                List<CompletableFuture<Void>> users = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    Random random = new Random(seed * 31L + i);
                    users.add(onThreadOfItsOwn(() -> appendAll(random)));
                    users.add(onThreadOfItsOwn(() -> readOften(random)));
                }
                users.add(onThreadOfItsOwn(() -> removeOften(new Random(seed * 31L + 7))));
                users.forEach(LogFixture::await);
                store.clean();
                assertAllThere();
            }
        }

        /** The common pool has a single thread where there are two cores. */
        private static CompletableFuture<Void> onThreadOfItsOwn(Runnable task) {
            return CompletableFuture.runAsync(task, it -> new Thread(it).start());
        }

        private void appendAll(Random random) {
            for (int i = 0; i < APPENDS; i++) {
                int count = 1 + random.nextInt(5);
                int number = numbers.getAndAdd(count);
                Durability level = random.nextInt(3) == 0 ? Durability.SYNCED : Durability.WRITTEN;
                AppendResult result = await(store.append(T0, batch(number, count), level));
                for (int k = 0; k < count; k++) {
                    written.put(result.baseOffset() + k, "v" + (number + k));
                }
                acknowledgedEnd.accumulateAndGet(result.nextOffset(), Math::max);
            }
        }

        private void readOften(Random random) {
            for (int i = 0; i < READS; i++) {
                long end = acknowledgedEnd.get();
                long offset = end == 0 ? 0 : random.nextInt((int) end + 1);
                Set<Long> goneBefore = Set.copyOf(deleted);
                long trimmedBefore = trimmedTo.get();
                Map<Long, String> writtenBefore = Map.copyOf(written);
                try (FetchResult result = await(store.read(T0, offset, 1 + random.nextInt(5_000)))) {
                    assertThat(offset).isGreaterThanOrEqualTo(trimmedBefore);
                    assertThat(result.endOffset()).isGreaterThanOrEqualTo(end);
                    List<ReceivedMessage> read =
                            RecordBatches.decode(T0, result.batches().buffer(), offset);
                    check(read, offset, result.nextOffset(), writtenBefore, goneBefore);
                } catch (PortaskException e) {
                    assertThat(e.code()).as(e.getMessage()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
                    assertThat(offset)
                            .isLessThan(await(store.describePartition(T0)).startOffset());
                }
            }
        }

        /** All that was there is there, in order, but for what may have been removed meanwhile. */
        private void check(
                List<ReceivedMessage> read, long from, long to, Map<Long, String> writtenBefore, Set<Long> goneBefore) {
            long next = from;
            for (ReceivedMessage message : read) {
                long at = message.id().offset();
                assertThat(goneBefore).doesNotContain(at);
                assertThat(value(message)).isEqualTo(writtenBefore.getOrDefault(at, value(message)));
                assertOnlyRemoved(next, at, writtenBefore);
                next = at + 1;
            }
            assertOnlyRemoved(next, to, writtenBefore);
        }

        private void assertOnlyRemoved(long from, long to, Map<Long, String> writtenBefore) {
            for (long offset = from; offset < to; offset++) {
                if (writtenBefore.containsKey(offset)) {
                    assertThat(deleting).as("removed").contains(offset);
                }
            }
        }

        private void removeOften(Random random) {
            for (int i = 0; i < REMOVALS; i++) {
                long end = acknowledgedEnd.get();
                int what = random.nextInt(3);
                if (what == 0 && end > 0) {
                    List<Long> offsets = List.of((long) random.nextInt((int) end), (long) random.nextInt((int) end));
                    deleting.addAll(offsets);
                    await(store.deleteMessages(T0, offsets));
                    deleted.addAll(offsets);
                } else if (what == 1) {
                    long start = await(store.describePartition(T0)).startOffset();
                    long offset = start + (long) (random.nextDouble() * (end - start) / 4);
                    long trimmed = await(store.trim(T0, Math.max(0, offset)));
                    trimmedTo.accumulateAndGet(trimmed, Math::max);
                } else {
                    store.clean();
                }
            }
        }

        private void assertAllThere() {
            long start = await(store.describePartition(T0)).startOffset();
            assertThat(start).isGreaterThanOrEqualTo(trimmedTo.get());
            Map<Long, String> left = new ConcurrentHashMap<>(written);
            left.keySet().removeIf(offset -> offset < start || deleted.contains(offset));
            Map<Long, String> found = new ConcurrentHashMap<>();
            readAll(store, T0, start, 3_000)
                    .forEach(message -> found.put(message.id().offset(), value(message)));
            assertThat(found).isEqualTo(left);
        }
    }
}
