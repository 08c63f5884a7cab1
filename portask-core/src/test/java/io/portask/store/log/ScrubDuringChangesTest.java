package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.await;
import static io.portask.store.log.LogFixture.end;
import static io.portask.store.log.LogFixture.fill;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Durability;
import io.portask.record.RecordBatch;
import io.portask.store.ScrubReport;
import io.portask.store.TopicConfig;
import io.portask.store.TopicSpec;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Scrubs of a sound partition that changes meanwhile: nothing is a problem. It begins with 300 messages in segments so large
 * that a scrub reads each in several steps.
 */
final class ScrubDuringChangesTest {
    private static final int MESSAGES = 300;

    private final SimulatedDisk disk = new SimulatedDisk();
    private LogStore store;

    @BeforeEach
    void openStore() {
        LogConfig config = LogConfig.of(Path.of("/data"))
                .withSegmentBytes(600 << 10)
                .withSyncIntervalMs(1)
                .withMinFreeBytes(0)
                .withCleaning(CleaningConfig.DEFAULT
                        .withRetentionCheckMs(CleaningConfig.BY_HAND)
                        .withBytesPerSecond(1L << 40)
                        .withDelayMs(0));
        store = LogFixture.open(config, disk);
        await(store.createTopic(new TopicSpec("t", 1)));
        for (int i = 0; i < MESSAGES; i += 4) {
            ByteBuffer batch = LogFixture.batch(i, 4, RecordBatch.NO_PRODUCER_ID, (short) -1, -1, 8_000);
            LogFixture.append(store, batch, Durability.WRITTEN);
        }
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    /** The report of a scrub in the middle of one of whose reads, counted from 0, something happens. */
    private ScrubReport scrubInterrupted(int number, Runnable change) {
        afterRead(number, change);
        ScrubReport report = await(store.scrub(T0));
        disk.afterNextRead(() -> {});
        return report;
    }

    private void afterRead(int number, Runnable change) {
        disk.afterNextRead(number == 0 ? change : () -> afterRead(number - 1, change));
    }

    /** In the middle of each read of a scrub, one after the other, until there are no more of them. */
    private void inEachRead(IntConsumer change) {
        AtomicBoolean happened = new AtomicBoolean(true);
        int number = 0;
        while (happened.getAndSet(false)) {
            int current = number++;
            ScrubReport report = scrubInterrupted(current, () -> {
                happened.set(true);
                change.accept(current);
            });
            assertThat(report.problems()).as("changed in read %d", current).isEmpty();
        }
        assertThat(number).as("reads").isGreaterThan(3);
        assertThat(await(store.scrub(T0)).isSound()).isTrue();
    }

    private static List<Long> everyThird(long from, long to) {
        return LongStream.range(from, to)
                .filter(offset -> offset % 3 == 1)
                .boxed()
                .toList();
    }

    @Test
    void theSegmentThatIsReadIsTrimmedAway() {
        inEachRead(read -> await(store.trim(T0, Math.min(MESSAGES - 1, 30L * (read + 1)))));
    }

    @Test
    void allIsTrimmedAway() {
        assertThat(scrubInterrupted(1, () -> await(store.trim(T0, MESSAGES))).problems())
                .isEmpty();
    }

    @Test
    void theFirstSegmentsGoByRetention() {
        ScrubReport report = scrubInterrupted(1, () -> {
            await(store.configureTopic("t", TopicConfig.DEFAULT.withRetentionBytes(1_000_000)));
            store.clean();
        });
        assertThat(await(store.describePartition(T0)).startOffset()).isPositive();
        assertThat(report.problems()).isEmpty();
    }

    @Test
    void segmentsAreRewritten() {
        inEachRead(read -> {
            await(store.deleteMessages(T0, everyThird(10L * read, 10L * read + 100)));
            store.clean();
        });
    }

    /** Headers take the place of their batches. */
    @Test
    void allMessagesOfSegmentsAreDeleted() {
        ScrubReport report = scrubInterrupted(1, () -> {
            await(store.deleteMessages(T0, LongStream.range(0, MESSAGES).boxed().toList()));
            store.clean();
        });
        assertThat(report.problems()).isEmpty();
    }

    /** What comes later is left out, also in segments that are begun meanwhile. */
    @Test
    void messagesAreAppended() {
        inEachRead(read -> fill(store, (int) end(store), read < 20 ? 80 : 0, 4));
    }

    @Test
    void everythingHappensAtOnce() {
        inEachRead(read -> {
            long start = await(store.describePartition(T0)).startOffset();
            fill(store, (int) end(store), read < 20 ? 40 : 0, 4);
            await(store.deleteMessages(T0, everyThird(start, end(store))));
            store.clean();
            await(store.trim(T0, start + 15));
        });
    }

    /** Threads that append and remove while one scrub follows the other; the order of each is that of its seed. */
    @Test
    void othersUseThePartition() {
        for (int seed = 0; seed < 20; seed++) {
            Random appends = new Random(seed);
            Random removals = new Random(-seed);
            CompletableFuture<Void> users = CompletableFuture.allOf(
                    onThreadOfItsOwn(() -> appendOften(appends)), onThreadOfItsOwn(() -> removeOften(removals)));
            List<ScrubReport> reports = new ArrayList<>();
            do {
                reports.add(await(store.scrub(T0)));
            } while (!users.isDone());
            await(users);
            assertThat(reports).as("seed %d", seed).allMatch(ScrubReport::isSound);
        }
    }

    private static CompletableFuture<Void> onThreadOfItsOwn(Runnable task) {
        return CompletableFuture.runAsync(task, it -> new Thread(it).start());
    }

    private void appendOften(Random random) {
        for (int i = 0; i < 40; i++) {
            fill(store, (int) end(store), 1 + random.nextInt(30), 1 + random.nextInt(5));
        }
    }

    private void removeOften(Random random) {
        for (int i = 0; i < 12; i++) {
            long start = await(store.describePartition(T0)).startOffset();
            long length = end(store) - start;
            if (random.nextInt(3) == 0) {
                await(store.trim(T0, start + (long) (random.nextDouble() * length / 4)));
            } else {
                long from = start + (long) (random.nextDouble() * length);
                await(store.deleteMessages(T0, everyThird(from, Math.min(from + 200, start + length))));
                store.clean();
            }
        }
    }
}
