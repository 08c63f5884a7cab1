package io.portask.store.log;

import static io.portask.store.log.LogFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatches;
import io.portask.record.TopicPartition;
import io.portask.store.FetchResult;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One bit of one file of a store is flipped: the next start names the damage, or every read does, or nobody can tell the
 * difference. No read ever returns something else than what was written.
 */
final class BitFlipTest {
    private static final Path DIRECTORY = Path.of("/data");
    private static final LogConfig CONFIG = LogConfig.of(DIRECTORY).withSegmentBytes(2_000);
    private static final TopicPartition P0 = new TopicPartition("t", 0);
    private static final TopicPartition P1 = new TopicPartition("t", 1);
    private static final int MESSAGES = 120;
    private static final int START = 30;
    private static final long LAST_DELETED = 103;
    private static final List<Long> DELETED = List.of(40L, 41L, 77L, LAST_DELETED);

    /** A segment is less than an interval of its index here, and reads find a batch by hopping from its beginning. */
    private static final int PER_INDEX_INTERVAL = 39;

    /** Appended last and never forced: damage there cannot be told from a torn write. */
    private static final int UNFORCED = 6;

    @Test
    void flippedBitsAreNoticedOrHarmless() throws IOException {
        flip(0, 2_000);
    }

    @Test
    @Tag("long")
    void manyFlippedBitsAreNoticedOrHarmless() throws IOException {
        flip(2_000, 100_000);
    }

    private static void flip(int firstSeed, int flips) throws IOException {
        SimulatedDisk closed = new SimulatedDisk();
        ManualThreads threads = new ManualThreads();
        LogStore store = threads.open(CONFIG, closed);
        SimulatedDisk killed = fill(store, threads, closed);
        store.close();
        for (int seed = firstSeed; seed < firstSeed + flips; seed++) {
            Random random = new Random(seed);
            boolean clean = random.nextBoolean();
            SimulatedDisk disk = (clean ? closed : killed).killed();
            List<Path> files = disk.files(DIRECTORY);
            files.removeIf(file -> size(disk, file) == 0);
            Path file = files.get(random.nextInt(files.size()));
            long bit = random.nextLong(size(disk, file) * Byte.SIZE);
            disk.flipBit(file, bit);
            try {
                check(disk, clean, !clean && file.endsWith("deleted.log"));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "Seed " + seed + ", " + (clean ? "closed" : "killed") + ", bit " + bit + " of " + file + ": "
                                + e.getMessage(),
                        e);
            }
        }
    }

    private static long size(SimulatedDisk disk, Path file) {
        try {
            return disk.size(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Fills the store; returns what a kill before the end would have left. */
    private static SimulatedDisk fill(LogStore store, ManualThreads threads, SimulatedDisk disk) {
        var topic = store.createTopic(new TopicSpec("t", 2));
        threads.keepHouse();
        await(topic);
        for (int i = 0; i < MESSAGES - UNFORCED; i += 3) {
            for (TopicPartition partition : List.of(P0, P1)) {
                store.append(partition, LogFixture.producerBatch(partition.partition(), i, 3), Durability.SYNCED);
            }
            threads.sync();
            threads.keepHouse();
        }
        var trim = store.trim(P0, START);
        threads.keepHouse();
        await(trim);
        for (long offset : DELETED) {
            var deletion = store.deleteMessages(P0, List.of(offset));
            threads.sync();
            await(deletion);
            await(store.commitOffsets("c", Map.of(P0, offset)));
            threads.sync();
        }
        for (int i = MESSAGES - UNFORCED; i < MESSAGES; i += 3) {
            for (TopicPartition partition : List.of(P0, P1)) {
                store.append(partition, LogFixture.producerBatch(partition.partition(), i, 3), Durability.WRITTEN);
            }
        }
        return disk.killed();
    }

    /** @param looksTorn whether nothing in the file vouches for the last deletion */
    private static void check(SimulatedDisk disk, boolean clean, boolean looksTorn) {
        ManualThreads threads = new ManualThreads();
        LogStore store;
        try {
            store = threads.open(CONFIG, disk);
        } catch (PortaskException e) {
            assertThat(e.code()).isIn(ErrorCode.CORRUPT_STORE, ErrorCode.INVALID_CONFIGURATION);
            return;
        }
        try {
            checkPartition(store, P0, START, clean, looksTorn);
            checkPartition(store, P1, 0, clean, looksTorn);
            Map<TopicPartition, Long> committed = await(store.committedOffsets("c"));
            assertThat(DELETED).as("committed %s", committed).contains(committed.getOrDefault(P0, -1L));
        } finally {
            store.close();
        }
    }

    private static void checkPartition(
            LogStore store, TopicPartition partition, int start, boolean clean, boolean looksTorn) {
        PartitionInfo info = await(store.describePartition(partition));
        assertThat(info.startOffset()).isEqualTo(start);
        assertThat(info.endOffset()).isBetween((long) (clean ? MESSAGES : MESSAGES - UNFORCED - 3), (long) MESSAGES);
        int damaged = 0;
        for (long offset = start; offset < info.endOffset(); offset++) {
            try (FetchResult result = await(store.read(partition, offset, 1))) {
                List<Long> found = new ArrayList<>();
                for (ReceivedMessage message :
                        RecordBatches.decode(partition, result.batches().buffer(), offset)) {
                    found.add(message.id().offset());
                    assertThat(LogFixture.value(message))
                            .isEqualTo("v" + message.id().offset());
                }
                boolean deleted = partition.equals(P0) && DELETED.contains(offset);
                if (!looksTorn || offset != LAST_DELETED) {
                    assertThat(found.contains(offset))
                            .as("%s:%d is there", partition, offset)
                            .isNotEqualTo(deleted);
                }
            } catch (PortaskException e) {
                assertThat(e.code()).as(e.getMessage()).isEqualTo(ErrorCode.CORRUPT_STORE);
                damaged++;
            }
        }
        assertThat(damaged).as("messages that one bit makes unreadable").isLessThanOrEqualTo(PER_INDEX_INTERVAL);
        long sequence = info.endOffset();
        var next = store.append(
                partition, LogFixture.producerBatch(partition.partition(), (int) sequence, 3), Durability.WRITTEN);
        assertThat(await(next).baseOffset()).isEqualTo(sequence);
    }
}
