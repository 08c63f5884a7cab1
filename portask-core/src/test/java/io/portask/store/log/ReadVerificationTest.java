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
import static io.portask.store.log.LogFixture.value;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.Durability;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatches;
import io.portask.store.FetchResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ReadVerificationTest {
    private static final int STEP = 40_000;

    @TempDir
    Path directory;

    private LogConfig config(ReadVerification when) {
        return LogConfig.of(directory).withSegmentBytes(200_000).withVerifyReads(when);
    }

    private LogStore once() {
        return openWithTopic(config(ReadVerification.ONCE));
    }

    /** How many of the reads that it takes to read everything are answered from the file. */
    private static int regions(LogStore store) {
        int regions = 0;
        for (long offset = 0; offset < end(store); ) {
            try (FetchResult result = await(store.read(T0, offset, STEP))) {
                regions += result.batches() instanceof FileRegion ? 1 : 0;
                List<ReceivedMessage> messages =
                        RecordBatches.decode(T0, result.batches().buffer(), offset);
                for (ReceivedMessage message : messages) {
                    assertThat(message.offset()).isEqualTo(offset);
                    assertThat(value(message)).isEqualTo("v" + offset++);
                }
                assertThat(result.nextOffset()).isEqualTo(offset);
            }
        }
        return regions;
    }

    @Test
    void whatWasCheckedOnceGoesFromTheFileUntilTheStoreIsOpenedAgain() {
        try (LogStore store = once()) {
            fill(store, 0, 10_000, 7);
            assertThat(regions(store)).isZero();
            assertThat(regions(store)).isGreaterThan(5);
        }
        try (LogStore store = open(config(ReadVerification.ONCE))) {
            assertThat(regions(store)).isZero();
            assertThat(regions(store)).isGreaterThan(5);
        }
        try (LogStore store = open(config(ReadVerification.ALWAYS))) {
            assertThat(regions(store)).isZero();
            assertThat(regions(store)).isZero();
        }
    }

    @Test
    void damageIsFoundByTheFirstRead() throws IOException {
        try (LogStore store = once()) {
            fill(store, 0, 2_000, 10);
            damage(20_000);
            for (int i = 0; i < 2; i++) {
                assertFails(ErrorCode.CORRUPT_STORE, () -> regions(store));
            }
        }
    }

    @Test
    void damageIsFoundByEveryReadThatAlwaysChecks() throws IOException {
        try (LogStore store = openWithTopic(config(ReadVerification.ALWAYS))) {
            fill(store, 0, 2_000, 10);
            assertHolds(store, 2_000);
            damage(20_000);
            assertFails(ErrorCode.CORRUPT_STORE, () -> regions(store));
        }
    }

    private void damage(int position) throws IOException {
        try (FileChannel channel =
                FileChannel.open(LogFixture.segment(directory, 0), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, position);
            channel.write(ByteBuffer.wrap(new byte[] {(byte) (one.get(0) ^ 4)}), position);
        }
    }

    @Test
    void intervalOfWhichOnlyAPartWasCheckedIsNotTrusted() throws IOException {
        try (LogStore store = once()) {
            fill(store, 0, 2_000, 10);
            for (int offset = 300; offset < 2_000; offset += 10) {
                await(store.read(T0, offset, 1)).close();
                await(store.read(T0, offset, 10_000)).close();
            }
            damage(100);
            assertFails(ErrorCode.CORRUPT_STORE, () -> await(store.read(T0, 0, STEP)));
        }
    }

    @Test
    void deletedMessagesAreLeftOutOfWhatWasCheckedBefore() {
        try (LogStore store = once()) {
            fill(store, 0, 2_000, 10);
            regions(store);
            assertThat(await(store.deleteMessages(T0, List.of(50L, 51L, 700L)))).isEqualTo(3);
            assertThat(readAll(store, T0, 0, STEP))
                    .hasSize(1_997)
                    .noneMatch(m -> m.offset() == 50 || m.offset() == 51 || m.offset() == 700);
        }
    }

    @Test
    void trimLeavesWhatIsBeingSentAlone() {
        try (LogStore store = once()) {
            fill(store, 0, 10_000, 10);
            regions(store);
            try (FetchResult held = await(store.read(T0, 0, STEP))) {
                assertThat(held.batches()).isInstanceOf(FileRegion.class);
                await(store.trim(T0, 9_000));
                assertThat(LogFixture.segment(directory, 0)).doesNotExist();
                List<ReceivedMessage> messages =
                        RecordBatches.decode(T0, held.batches().buffer(), 0);
                assertThat(messages).hasSize((int) held.nextOffset());
                assertThat(value(messages.get(77))).isEqualTo("v77");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ReadVerification.class)
    void readsOfAnySizeFromAnyOffsetFollowOnEachOther(ReadVerification when) {
        long seed = 41;
        Random random = new Random(seed);
        try (LogStore store = openWithTopic(config(when))) {
            int next = 0;
            for (int round = 0; round < 40; round++) {
                for (int i = 0; i < 20; i++) {
                    int count = 1 + random.nextInt(5);
                    int padding = random.nextInt(20) == 0 ? random.nextInt(30_000) : random.nextInt(200);
                    append(store, batch(next, count, -1, (short) -1, -1, padding), Durability.WRITTEN);
                    next += count;
                }
                int from = random.nextInt(next);
                List<ReceivedMessage> all = readAll(store, T0, from, 1 + random.nextInt(60_000));
                assertThat(all).as("seed %d round %d", seed, round).hasSize(next - from);
                for (int i = 0; i < all.size(); i++) {
                    assertThat(value(all.get(i))).isEqualTo("v" + (from + i));
                }
            }
        }
    }

    @Test
    void manyReadersCheckWhileOthersAppend() {
        try (LogStore store = once()) {
            int count = 30_000;
            AtomicBoolean done = new AtomicBoolean();
            List<CompletableFuture<Void>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                readers.add(CompletableFuture.runAsync(() -> {
                    do {
                        regions(store);
                    } while (!done.get());
                }));
            }
            fill(store, 0, count, 30);
            done.set(true);
            readers.forEach(LogFixture::await);
            assertHolds(store, count);
        }
    }
}
