package io.portask.store.log;

import static io.portask.store.log.LogFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.RecordBatch;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.TopicSpec;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A disk that runs full or fails for a moment: the appends that meet it get a named error, nothing acknowledged is lost,
 * and publishing goes on by itself where it may.
 */
final class FailingDiskTest {
    private static final int ROUNDS = 40;

    private SimulatedDisk disk;
    private ManualThreads threads;
    private LogStore store;
    private List<PartitionModel> partitions;
    private LogConfig config;
    private int values;

    @Test
    void aFullDiskIsNamedAndPublishingResumesWithTheSpace() {
        seeds(0, 300, this::runFull);
    }

    @Test
    @Tag("long")
    void aFullDiskIsNamedAndPublishingResumesWithTheSpaceManyTimes() {
        seeds(300, 20_000, this::runFull);
    }

    @Test
    void aFailedOperationLosesNothingThatWasAcknowledged() {
        seeds(0, 300, this::runFailing);
    }

    @Test
    @Tag("long")
    void manyFailedOperationsLoseNothingThatWasAcknowledged() {
        seeds(300, 20_000, this::runFailing);
    }

    private static void seeds(int first, int count, Consumer<Random> run) {
        for (int seed = first; seed < first + count; seed++) {
            try {
                run.accept(new Random(seed));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("Seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private void start(Random random) {
        disk = new SimulatedDisk();
        threads = new ManualThreads();
        config = LogConfig.of(Path.of("/data"))
                .withSegmentBytes(1_000 + random.nextInt(8_000))
                .withMinFreeBytes(0);
        store = threads.open(config, disk);
        var topic = store.createTopic(new TopicSpec("t", 2));
        threads.keepHouse();
        await(topic);
        partitions =
                List.of(new PartitionModel(new TopicPartition("t", 0)), new PartitionModel(new TopicPartition("t", 1)));
    }

    private void runFull(Random random) {
        start(random);
        for (int round = 0; round < 3; round++) {
            disk.room(random.nextInt(8_000));
            List<ErrorCode> errors = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                append(random, partitions.get(random.nextInt(2)), errors);
                if (random.nextInt(4) == 0) {
                    threads.sync();
                    threads.keepHouse();
                }
            }
            threads.sync();
            assertThat(errors).as("errors of a full disk").isSubsetOf(ErrorCode.DISK_FULL);
            partitions.forEach(partition -> partition.assertHeldBy(store));
            disk.unlimitedRoom();
            errors.clear();
            partitions.forEach(partition -> append(random, partition, errors));
            threads.sync();
            threads.keepHouse();
            assertThat(errors).as("errors with space again").isEmpty();
        }
        disk.room(0);
        threads = new ManualThreads();
        store = threads.open(config, disk);
        partitions.forEach(partition -> partition.assertHeldBy(store));
        disk.unlimitedRoom();
        reopen(false);
    }

    private void runFailing(Random random) {
        start(random);
        String message = random.nextBoolean() ? SimulatedDisk.IO_ERROR : SimulatedDisk.NO_SPACE;
        disk.failAfter(random.nextInt(120), message);
        List<ErrorCode> errors = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            append(random, partitions.get(random.nextInt(2)), errors);
            if (random.nextInt(4) == 0) {
                threads.sync();
                threads.keepHouse();
            }
        }
        threads.sync();
        assertThat(errors).isSubsetOf(ErrorCode.STORE_IO_ERROR, ErrorCode.DISK_FULL, ErrorCode.PARTITION_READ_ONLY);
        boolean powerLoss = random.nextBoolean();
        if (powerLoss) {
            disk = disk.powerLoss(random);
        } else if (random.nextBoolean()) {
            store.close();
        }
        reopen(powerLoss);
    }

    /** The one failure may be yet to come; then it makes the store refuse to open, by name, and the next attempt does. */
    private void reopen(boolean powerLost) {
        threads = new ManualThreads();
        try {
            store = threads.open(config, disk);
        } catch (PortaskException e) {
            assertThat(e.code()).as(e.getMessage()).isIn(ErrorCode.STORE_IO_ERROR, ErrorCode.DISK_FULL);
            threads = new ManualThreads();
            store = threads.open(config, disk);
        }
        partitions.forEach(partition -> partition.reopened(store, powerLost));
        partitions.forEach(partition -> partition.assertDuplicatesAreNoticed(store));
        List<ErrorCode> errors = new ArrayList<>();
        partitions.forEach(partition -> append(new Random(1), partition, errors));
        threads.sync();
        assertThat(errors).isEmpty();
        partitions.forEach(partition -> partition.assertHeldBy(store));
    }

    private void append(Random random, PartitionModel partition, List<ErrorCode> errors) {
        int count = 1 + random.nextInt(4);
        boolean idempotent = random.nextBoolean();
        long producer = idempotent ? random.nextInt(3) : RecordBatch.NO_PRODUCER_ID;
        PartitionModel.Sent last = partition.lastOf(producer);
        int sequence = !idempotent ? -1 : last == null ? 0 : last.nextSequence();
        short epoch = (short) (idempotent ? 0 : -1);
        ByteBuffer batch = LogFixture.batch(values, count, producer, epoch, sequence, random.nextInt(900));
        if (idempotent) {
            partition.sending(new PartitionModel.Sent(producer, epoch, sequence, count, partition.end()));
        }
        for (int i = 0; i < count; i++) {
            partition.sending(List.of("v" + values++));
        }
        long end = partition.end();
        Durability durability = random.nextBoolean() ? Durability.SYNCED : Durability.WRITTEN;
        CompletionStage<AppendResult> stage = store.append(partition.name, batch, durability);
        if (stage.toCompletableFuture().isCompletedExceptionally()) {
            partition.refused(count);
        } else {
            partition.acknowledged(Durability.WRITTEN, end);
        }
        stage.whenComplete((result, error) -> {
            if (error == null) {
                assertThat(result.nextOffset()).isEqualTo(end);
                partition.acknowledged(durability, end);
            } else {
                errors.add(PortaskException.of(error).code());
            }
        });
    }
}
