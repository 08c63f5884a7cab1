package io.portask.store.log;

import static io.portask.store.log.LogFixture.T0;
import static io.portask.store.log.LogFixture.append;
import static io.portask.store.log.LogFixture.assertFails;
import static io.portask.store.log.LogFixture.await;
import static io.portask.store.log.LogFixture.fill;
import static io.portask.store.log.LogFixture.openWithTopic;
import static io.portask.store.log.LogFixture.producerBatch;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.Durability;
import io.portask.record.RecordBatch;
import io.portask.record.TopicPartition;
import io.portask.store.TopicSpec;
import io.portask.store.verify.LogDump;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dump of a partition with 200 messages in 50 batches, several segments, and a last batch of a producer. */
final class LogDumpTest {
    private static final int SEGMENT_BYTES = 4096;
    private static final int PRODUCER = 7;

    @TempDir
    Path directory;

    private record Shown(Path file, long position, long baseOffset, long lastOffset, int size, boolean good) {}

    private final List<Shown> batches = new ArrayList<>();
    private final List<String> damages = new ArrayList<>();
    private long producerId;
    private long maxBatches = Long.MAX_VALUE;

    private final LogDump.Visitor visitor = new LogDump.Visitor() {
        @Override
        public boolean onBatch(Path file, long position, RecordBatch batch, boolean checksumMatches) {
            batches.add(new Shown(
                    file, position, batch.baseOffset(), batch.lastOffset(), batch.sizeInBytes(), checksumMatches));
            producerId = batch.producerId();
            return batches.size() < maxBatches;
        }

        @Override
        public void onDamage(Path file, long position, long offset, String what, boolean torn) {
            damages.add(file.getFileName() + " " + position + " " + offset + " " + torn + " " + what);
        }
    };

    @BeforeEach
    void fillStore() {
        try (LogStore store = openWithTopic(LogConfig.of(directory).withSegmentBytes(SEGMENT_BYTES))) {
            fill(store, 0, 196, 4);
            append(store, producerBatch(PRODUCER, 0, 4), Durability.WRITTEN);
            await(store.createTopic(new TopicSpec("unused", 2)));
        }
    }

    private void dump(long from) {
        LogDump.dump(directory, T0, from, visitor);
    }

    @Test
    void everyBatchIsShownWithItsPlace() throws IOException {
        dump(LogDump.FROM_BEGINNING);
        assertThat(damages).isEmpty();
        assertThat(batches).hasSize(50).allMatch(Shown::good);
        assertThat(batches.stream().map(Shown::file).distinct().count()).isGreaterThan(2);
        for (int i = 0; i < batches.size(); i++) {
            Shown batch = batches.get(i);
            assertThat(batch.baseOffset()).isEqualTo(4L * i);
            assertThat(batch.lastOffset()).isEqualTo(4L * i + 3);
            byte[] file = Files.readAllBytes(batch.file());
            assertThat(ByteBuffer.wrap(file).getLong((int) batch.position())).isEqualTo(batch.baseOffset());
        }
        assertThat(producerId).isEqualTo(PRODUCER);
    }

    @Test
    void dumpBeginsWithTheBatchOfAnOffset() {
        dump(102);
        assertThat(batches).hasSize(25);
        assertThat(batches.get(0).baseOffset()).isEqualTo(100);
    }

    @Test
    void dumpEndsWhenTheVisitorHasSeenEnough() {
        maxBatches = 30;
        dump(LogDump.FROM_BEGINNING);
        assertThat(batches).hasSize(30);
    }

    @Test
    void damagedBatchIsNamedAndTheDumpGoesOnBehindIt() throws IOException {
        Path segment = LogFixture.segment(directory, 0);
        flip(segment, RecordBatch.HEADER_SIZE + 3);
        byte[] before = Files.readAllBytes(segment);
        dump(LogDump.FROM_BEGINNING);
        assertThat(batches).hasSize(50);
        assertThat(batches.get(0).good()).isFalse();
        assertThat(batches.subList(1, 50)).allMatch(Shown::good);
        assertThat(damages)
                .singleElement()
                .asString()
                .startsWith(segment.getFileName() + " 0 0 false no good batch up to byte "
                        + batches.get(1).position() + " (offset 4): ")
                .contains("checksum");
        assertThat(segment).hasBinaryContent(before);
    }

    @Test
    void damagedLengthLeavesNoHeaderToShow() throws IOException {
        flip(LogFixture.segment(directory, 0), RecordBatch.LENGTH_OFFSET);
        dump(LogDump.FROM_BEGINNING);
        assertThat(batches).hasSize(49).allMatch(Shown::good);
        assertThat(damages).singleElement().asString().contains("batch length");
    }

    @Test
    void missingSegmentIsNamed() throws IOException {
        List<Path> segments = segments();
        Files.delete(segments.get(1));
        dump(LogDump.FROM_BEGINNING);
        assertThat(damages)
                .singleElement()
                .asString()
                .startsWith(segments.get(2).getFileName().toString())
                .endsWith("are missing");
        assertThat(batches.get(batches.size() - 1).lastOffset()).isEqualTo(199);
    }

    @Test
    void tornTailIsNoDamage() throws IOException {
        List<Path> segments = segments();
        Path last = segments.get(segments.size() - 1);
        byte[] bytes = Files.readAllBytes(last);
        byte[] torn = Arrays.copyOf(bytes, bytes.length + 30);
        Arrays.fill(torn, bytes.length, torn.length, (byte) 7);
        Files.write(last, torn);
        dump(LogDump.FROM_BEGINNING);
        assertThat(batches).hasSize(50);
        assertThat(damages).singleElement().asString().contains(" 200 true ");
    }

    @Test
    void segmentInQuarantineIsShownToo() throws IOException {
        Path segment = LogFixture.segment(directory, 0);
        flip(segment, RecordBatch.HEADER_SIZE + 3);
        Files.move(segment, segment.resolveSibling(Segment.fileName(0, Segment.QUARANTINE_SUFFIX)));
        dump(LogDump.FROM_BEGINNING);
        assertThat(batches).hasSize(50);
        assertThat(damages).hasSize(1);
    }

    @Test
    void offsetsOutOfRangeAreRefused() {
        dump(200);
        assertThat(batches).isEmpty();
        assertFails(ErrorCode.OFFSET_OUT_OF_RANGE, () -> dump(201));
        TopicPartition unused = new TopicPartition("unused", 1);
        LogDump.dump(directory, unused, 0, visitor);
        assertFails(ErrorCode.OFFSET_OUT_OF_RANGE, () -> LogDump.dump(directory, unused, 1, visitor));
    }

    @Test
    void offsetsThatWereTrimmedAwayAreRefused() throws IOException {
        Files.delete(segments().get(0));
        assertFails(ErrorCode.OFFSET_OUT_OF_RANGE, () -> dump(3));
    }

    @Test
    void unknownTopicsAndPartitionsAreRefused() {
        assertFails(ErrorCode.UNKNOWN_TOPIC, () -> dump("other", 0));
        assertFails(ErrorCode.INVALID_TOPIC_NAME, () -> dump("../topics", 0));
        assertFails(ErrorCode.UNKNOWN_PARTITION, () -> dump("t", 1));
        assertFails(ErrorCode.UNKNOWN_PARTITION, () -> dump("t", -1));
    }

    private void dump(String topic, int partition) {
        LogDump.dump(directory, new TopicPartition(topic, partition), LogDump.FROM_BEGINNING, visitor);
    }

    @Test
    void runningStoreIsRefused() {
        try (LogStore store = LogFixture.open(LogConfig.of(directory))) {
            assertFails(ErrorCode.STORE_LOCKED, () -> dump(0));
        }
    }

    private List<Path> segments() throws IOException {
        return List.copyOf(PartitionRecovery.segmentFiles(Disk.SYSTEM, directory.resolve("topics/t/0"))
                .values());
    }

    private static void flip(Path file, int position) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[position] ^= 1;
        Files.write(file, bytes);
    }
}
