package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.assertFails;
import static io.portask.store.log.LogFixture.await;
import static io.portask.store.log.LogFixture.fill;
import static io.portask.store.log.LogFixture.openWithTopic;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.RecordBatch;
import io.portask.record.TopicPartition;
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import io.portask.store.ScrubReport;
import io.portask.store.TopicSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scrubs of an open partition with 200 messages in 50 batches and several segments. */
final class ScrubTest {
    @TempDir
    Path directory;

    private LogStore store;

    @BeforeEach
    void fillStore() {
        store = openWithTopic(LogConfig.of(directory).withSegmentBytes(4096));
        fill(store, 0, 200, 4);
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private ScrubReport scrub() {
        return await(store.scrub(T0));
    }

    @Test
    void soundPartitionIsReadToItsEnd() throws IOException {
        ScrubReport report = scrub();
        assertThat(report.isSound()).isTrue();
        assertThat(report.batches()).isEqualTo(50);
        assertThat(report.bytes()).isEqualTo(await(store.describePartition(T0)).sizeInBytes());
        fill(store, 200, 4, 4);
        assertThat(scrub().batches()).isEqualTo(51);
    }

    @Test
    void emptyPartitionIsSound() {
        await(store.createTopic(new TopicSpec("empty", 1)));
        assertThat(await(store.scrub(new TopicPartition("empty", 0)))).isEqualTo(new ScrubReport(0, 0, List.of()));
    }

    @Test
    void damagedBatchIsAProblemWithItsOffsetsAndTheScrubGoesOnBehindIt() throws IOException {
        flip(LogFixture.segment(directory, 0), RecordBatch.HEADER_SIZE + 3);
        ScrubReport report = scrub();
        assertThat(report.batches()).isEqualTo(49);
        assertThat(report.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.firstOffset()).isZero();
            assertThat(problem.lastOffset()).isEqualTo(3);
            assertThat(problem.text()).contains("byte 0 ", "checksum");
        });
    }

    @Test
    void damageInTheLastBatchIsNoTornTail() throws IOException {
        List<Path> segments = segments();
        Path last = segments.get(segments.size() - 1);
        flip(last, lastBatchPosition(last) + RecordBatch.HEADER_SIZE + 3);
        assertThat(scrub().problems()).singleElement().satisfies(problem -> {
            assertThat(problem.firstOffset()).isEqualTo(196);
            assertThat(problem.lastOffset()).isEqualTo(199);
        });
    }

    @Test
    void zerosInsteadOfTheLastBatchAreAProblem() throws IOException {
        List<Path> segments = segments();
        Path last = segments.get(segments.size() - 1);
        int from = lastBatchPosition(last);
        write(last, from, ByteBuffer.allocate((int) Files.size(last) - from));
        assertThat(scrub().problems()).containsExactly(new ScrubReport.Problem(196, 199, "no file holds them"));
    }

    @Test
    void segmentThatCannotBeReadIsAProblemUpToItsEndAndTheOthersAreRead() throws IOException {
        List<Path> segments = segments();
        long end = Long.parseLong(segments.get(1).getFileName().toString().substring(0, 20));
        try (FileChannel channel = FileChannel.open(segments.get(0), StandardOpenOption.WRITE)) {
            channel.truncate(RecordBatch.HEADER_SIZE + 10);
        }
        ScrubReport report = scrub();
        assertThat(report.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.firstOffset()).isZero();
            assertThat(problem.lastOffset()).isEqualTo(end - 1);
        });
        assertThat(report.batches()).isEqualTo((200 - end) / 4);
    }

    @Test
    void whatWasTrimmedIsNotReported() throws IOException {
        flip(LogFixture.segment(directory, 0), RecordBatch.HEADER_SIZE + 3);
        await(store.trim(T0, 4));
        assertThat(scrub().isSound()).isTrue();
        await(store.trim(T0, 150));
        assertThat(scrub().isSound()).isTrue();
    }

    @Test
    void problemsAreBounded() throws IOException {
        fill(store, 200, 4 * ScrubReport.MAX_PROBLEMS + 400, 2);
        for (Path segment : segments()) {
            List<Integer> positions = batchPositions(segment);
            for (int i = 0; i < positions.size(); i += 2) {
                flip(segment, positions.get(i) + RecordBatch.HEADER_SIZE + 3);
            }
        }
        assertThat(scrub().problems()).hasSize(ScrubReport.MAX_PROBLEMS);
    }

    @Test
    void unknownPartitionsAndClosedStoresAreRefused() {
        assertFails(ErrorCode.UNKNOWN_TOPIC, () -> await(store.scrub(new TopicPartition("other", 0))));
        assertFails(ErrorCode.UNKNOWN_PARTITION, () -> await(store.scrub(new TopicPartition("t", 1))));
        store.close();
        assertFails(ErrorCode.CLOSED, this::scrub);
    }

    @Test
    void memoryHasNothingToScrub() {
        try (MessageStore memory = MessageStores.create("memory:", LogFixture.context())) {
            memory.start();
            assertFails(ErrorCode.UNSUPPORTED_OPERATION, () -> await(memory.scrub(T0)));
        }
    }

    @Test
    void paceIsKeptByPauses() {
        long[] nowNs = {0};
        List<Long> pausesNs = new ArrayList<>();
        IoPace pace = new IoPace(1_000_000, () -> nowNs[0], ns -> {
            pausesNs.add(ns);
            nowNs[0] += ns;
        });
        pace.onRead(4_000);
        assertThat(pausesNs).as("4 ms are saved up").isEmpty();
        pace.onRead(4_000);
        assertThat(pausesNs).containsExactly(TimeUnit.MILLISECONDS.toNanos(8));
        nowNs[0] += TimeUnit.SECONDS.toNanos(1);
        pace.onRead(10_000);
        assertThat(pausesNs.get(1)).as("idle time is not saved up").isEqualTo(TimeUnit.MILLISECONDS.toNanos(10));
    }

    private List<Path> segments() throws IOException {
        return List.copyOf(PartitionRecovery.segmentFiles(Disk.SYSTEM, directory.resolve("topics/t/0"))
                .values());
    }

    private static int lastBatchPosition(Path segment) throws IOException {
        List<Integer> positions = batchPositions(segment);
        return positions.get(positions.size() - 1);
    }

    private static List<Integer> batchPositions(Path segment) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment));
        List<Integer> positions = new ArrayList<>();
        int position = 0;
        while (position < bytes.limit() && bytes.getInt(position + RecordBatch.LENGTH_OFFSET) > 0) {
            positions.add(position);
            position += RecordBatch.LENGTH_PREFIX_SIZE + bytes.getInt(position + RecordBatch.LENGTH_OFFSET);
        }
        return positions;
    }

    private static void flip(Path file, int position) throws IOException {
        byte old = Files.readAllBytes(file)[position];
        write(file, position, ByteBuffer.allocate(1).put((byte) (old ^ 1)).flip());
    }

    /** In place, as the store has the file open. */
    private static void write(Path file, int position, ByteBuffer bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(bytes, position);
        }
    }
}
