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
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.Durability;
import io.portask.store.AppendResult;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes and forces that fail, or have to share. */
final class WriteFaultTest {
    @TempDir
    Path temp;

    @Test
    void appendsAreRefusedBelowTheFloorOfFreeSpaceAndGoOnAboveIt() {
        AtomicLong usable = new AtomicLong(1_000_000);
        Disk small = new SystemDisk() {
            @Override
            public long usableBytes(Path directory) {
                return usable.get();
            }
        };
        try (LogStore store = open(LogConfig.of(temp).withMinFreeBytes(900_000), small)) {
            await(store.createTopic(new TopicSpec("t", 1)));
            fill(store, 0, 100, 10);
            usable.set(900_100);
            assertFails(ErrorCode.DISK_FULL, () -> fill(store, 100, 10_000, 100));
            int end = (int) end(store);
            assertHolds(store, end);
            usable.set(2_000_000);
            fill(store, end, 100, 10);
            assertHolds(store, end + 100);
        }
    }

    @Test
    void failedForceMakesThePartitionReadOnlyUntilRestart() {
        FaultyDisk disk = new FaultyDisk();
        LogConfig config = LogConfig.of(temp).withSyncIntervalMs(60_000);
        try (LogStore store = open(config, disk)) {
            await(store.createTopic(new TopicSpec("t", 1)));
            append(store, batch(0, 2), Durability.SYNCED);
            disk.failForces = true;
            assertFails(ErrorCode.PARTITION_READ_ONLY, () -> append(store, batch(2, 2), Durability.SYNCED));
            disk.failForces = false;
            assertFails(ErrorCode.PARTITION_READ_ONLY, () -> append(store, batch(4, 2), Durability.SYNCED));
            assertFails(ErrorCode.PARTITION_READ_ONLY, () -> append(store, batch(4, 2), Durability.WRITTEN));
            assertHolds(store, 4);
        }
        try (LogStore store = open(config)) {
            append(store, batch(4, 2), Durability.SYNCED);
            assertHolds(store, 6);
        }
    }

    @Test
    void tornWriteOnAFullDiskIsTakenBack() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        LogConfig config = LogConfig.of(temp.resolve("a")).withSyncIntervalMs(60_000);
        Path killed = temp.resolve("killed");
        try (LogStore store = open(config, disk)) {
            await(store.createTopic(new TopicSpec("t", 1)));
            fill(store, 0, 10, 5);
            for (int room : new int[] {0, 1, 30, 100, 150}) {
                disk.room = room;
                var two = ByteBuffer.allocateDirect(2_000);
                two.put(batch(0, 2)).put(batch(0, 2)).flip();
                assertFails(ErrorCode.DISK_FULL, () -> append(store, two, Durability.WRITTEN));
                assertHolds(store, 10);
            }
            LogFixture.copy(config.directory(), killed);
            disk.room = Long.MAX_VALUE;
            append(store, batch(10, 1), Durability.SYNCED);
            assertHolds(store, 11);
        }
        try (LogStore store = open(LogConfig.of(killed))) {
            assertHolds(store, 10);
        }
    }

    @Test
    void oneForceServesAllWhoWait() {
        FaultyDisk disk = new FaultyDisk();
        try (LogStore store = open(LogConfig.of(temp), disk)) {
            await(store.createTopic(new TopicSpec("t", 1)));
            append(store, batch(0, 1), Durability.SYNCED);
            disk.forcesAllowed.drainPermits();
            disk.forces.set(0);
            List<CompletionStage<AppendResult>> acks = new ArrayList<>();
            for (int i = 1; i <= 100; i++) {
                acks.add(store.append(T0, batch(i, 1), Durability.SYNCED));
            }
            assertThat(acks).noneMatch(ack -> ack.toCompletableFuture().isDone());
            disk.forcesAllowed.release(1_000_000);
            acks.forEach(LogFixture::await);
            assertThat(disk.forces).hasValueLessThanOrEqualTo(2);
            assertHolds(store, 101);
        }
    }
}
