package io.portask.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordReaderTest {
    private static final int MAX_UNCOMPRESSED = 1 << 20;

    private final RecordReader reader = new RecordReader(MAX_UNCOMPRESSED);
    private final RecordBatch batch = new RecordBatch();

    @AfterEach
    void close() {
        reader.close();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void everyTruncationIsRefused(Compression compression) {
        ByteBuffer whole = TestRecords.encode(TestRecords.random(new Random(1), 12), compression);
        for (int size = 1; size < whole.limit(); size++) {
            ByteBuffer cut = whole.duplicate().limit(size);
            assertCorrupt(() -> TestRecords.decode(cut), "");
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void truncatedRecordsUnderAGoodHeaderAreRefused(Compression compression) {
        ByteBuffer whole = TestRecords.encode(TestRecords.random(new Random(1), 12), compression);
        for (int size = RecordBatch.HEADER_SIZE; size < whole.limit(); size++) {
            ByteBuffer cut = TestRecords.copy(whole.duplicate().limit(size));
            cut.putInt(RecordBatch.LENGTH_OFFSET, size - RecordBatch.LENGTH_PREFIX_SIZE);
            TestRecords.fixChecksum(cut);
            assertCorrupt(() -> TestRecords.decode(cut), "");
        }
    }

    @Test
    void wrongChecksumIsRefused() {
        ByteBuffer bytes = TestRecords.encode(TestRecords.random(new Random(1), 3), Compression.NONE);
        for (int i = RecordBatch.CRC_OFFSET; i < bytes.limit(); i++) {
            bytes.put(i, (byte) (bytes.get(i) ^ 1));
            assertCorrupt(() -> batch.wrapChecked(bytes, 0), "");
            bytes.put(i, (byte) (bytes.get(i) ^ 1));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE})
    void negativeRecordCountIsRefused(int count) {
        ByteBuffer bytes = TestRecords.encode(TestRecords.random(new Random(1), 3), Compression.NONE);
        bytes.putInt(RecordBatch.RECORD_COUNT_OFFSET, count);
        TestRecords.fixChecksum(bytes);
        assertCorrupt(() -> batch.wrapChecked(bytes, 0), count + " records");
        assertCorrupt(() -> reader.wrap(batch.wrap(bytes, 0)), count + " records");
    }

    @Test
    void moreRecordsThanBytesAreRefused() {
        ByteBuffer bytes = TestRecords.encode(TestRecords.random(new Random(1), 3), Compression.NONE);
        bytes.putInt(RecordBatch.RECORD_COUNT_OFFSET, Integer.MAX_VALUE);
        bytes.putInt(RecordBatch.LAST_OFFSET_DELTA_OFFSET, Integer.MAX_VALUE);
        TestRecords.fixChecksum(bytes);
        assertCorrupt(() -> TestRecords.decode(bytes), "2147483647 records cannot take");
    }

    @Test
    void fewerRecordsThanBytesAreRefused() {
        ByteBuffer bytes = TestRecords.encode(TestRecords.random(new Random(1), 3), Compression.NONE);
        bytes.putInt(RecordBatch.RECORD_COUNT_OFFSET, 2);
        TestRecords.fixChecksum(bytes);
        assertCorrupt(() -> TestRecords.decode(bytes), "bytes follow the last record");
        bytes.putInt(RecordBatch.RECORD_COUNT_OFFSET, 0);
        TestRecords.fixChecksum(bytes);
        assertCorrupt(() -> TestRecords.decode(bytes), "0 records cannot take");
    }

    @Test
    void trailingBytesAreRefused() {
        assertCorrupt(() -> decode(1, record(0, 0, 1, 1, 0), 0), "1 bytes follow the last record");
    }

    @Test
    void trailingBytesWithinARecordAreRefused() {
        assertCorrupt(() -> decode(1, new int[] {14, 0, 0, 0, 1, 1, 0, 0}), "1 bytes follow a record's headers");
    }

    @Test
    void recordLengthBeyondTheBatchIsRefused() {
        assertCorrupt(() -> decode(1, new int[] {16, 0, 0, 0, 1, 1, 0}), "a record of 8 bytes in 6");
    }

    @Test
    void negativeRecordLengthIsRefused() {
        assertCorrupt(() -> decode(1, new int[] {3, 0, 0, 0, 1, 1, 0}), "a record of -2 bytes");
    }

    @Test
    void keyLengthBeyondTheRecordIsRefused() {
        assertCorrupt(() -> decode(1, record(0, 0, 6, 1, 0)), "a field of 3 bytes in 2");
    }

    @Test
    void keyLengthBelowNullIsRefused() {
        assertCorrupt(() -> decode(1, record(0, 0, 3, 1, 0)), "a field of -2 bytes");
    }

    @Test
    void negativeHeaderCountIsRefused() {
        assertCorrupt(() -> decode(1, record(0, 0, 1, 1, 1)), "-1 headers");
    }

    @Test
    void headerCountBeyondTheRecordIsRefused() {
        assertCorrupt(() -> decode(1, record(0, 0, 1, 1, 126)), "63 headers in 0 bytes");
    }

    @Test
    void headerWithoutNameIsRefused() {
        assertCorrupt(() -> decode(1, new int[] {16, 0, 0, 0, 1, 1, 2, 1, 1}), "a header without a name");
    }

    @Test
    void offsetDeltasMustGrowAndStayWithinTheBatch() {
        assertCorrupt(() -> decode(1, record(0, 2, 1, 1, 0)), "offset delta is 1");
        assertCorrupt(() -> decode(1, record(0, 1, 1, 1, 0)), "offset delta is -1");
        assertCorrupt(() -> decode(2, record(0, 0, 1, 1, 0), record(0, 0, 1, 1, 0)), "offset delta is 0 after 0");
    }

    @Test
    void varintBeyondItsWidthIsRefused() {
        assertCorrupt(() -> decode(1, new int[] {0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0, 0}), "exceeds 32 bits");
        assertCorrupt(() -> decode(1, new int[] {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0}), "exceeds 32 bits");
        int[] timestamp = {28, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 1, 1, 0};
        assertCorrupt(() -> decode(1, timestamp), "exceeds 64 bits");
    }

    @Test
    void varintCutShortIsRefused() {
        assertCorrupt(() -> decode(1, new int[] {12, 0, 0, 0, 1, 1, 0x80}), "a varint is cut short");
    }

    @Test
    void compressionOfKafkaAloneIsNamed() {
        ByteBuffer bytes = TestRecords.encode(TestRecords.random(new Random(1), 3), Compression.NONE);
        bytes.putShort(RecordBatch.ATTRIBUTES_OFFSET, (short) 1);
        TestRecords.fixChecksum(bytes);
        assertThatThrownBy(() -> TestRecords.decode(bytes))
                .hasMessageContaining("gzip")
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_OPERATION));
        bytes.putShort(RecordBatch.ATTRIBUTES_OFFSET, (short) 7);
        TestRecords.fixChecksum(bytes);
        assertCorrupt(() -> TestRecords.decode(bytes), "compression 7");
    }

    @Test
    void bombThatNamesItsSizeIsRefusedWithoutMemory() {
        assertRefusedWithLittleMemory(Zstd.compress(new byte[50 << 20]), ErrorCode.BATCH_TOO_LARGE);
    }

    @Test
    void bombThatHidesItsSizeIsRefusedWithLittleMemory() throws IOException {
        assertRefusedWithLittleMemory(stream(new byte[50 << 20]), ErrorCode.BATCH_TOO_LARGE);
    }

    @Test
    void bombOfManyFramesIsRefusedWithLittleMemory() {
        byte[] frame = Zstd.compress(new byte[MAX_UNCOMPRESSED / 2]);
        ByteBuffer frames =
                ByteBuffer.allocate(3 * frame.length).put(frame).put(frame).put(frame);
        assertRefusedWithLittleMemory(frames.array(), ErrorCode.BATCH_TOO_LARGE);
    }

    @Test
    void aClaimedContentSizeIsNotBelieved() {
        byte[] frame = Zstd.compress(new byte[300]);
        assertThat(frame[4] & 0xE0)
                .as("a single segment with a content size of 2 bytes")
                .isEqualTo(0x60);
        frame[5] = (byte) 0xFF;
        frame[6] = (byte) 0xFE;
        assertRefusedWithLittleMemory(frame, ErrorCode.CORRUPT_BATCH);
    }

    private void assertRefusedWithLittleMemory(byte[] frames, ErrorCode code) {
        ByteBuffer bytes = batchOf(1, frames);
        bytes.putShort(RecordBatch.ATTRIBUTES_OFFSET, (short) Compression.ZSTD.code());
        TestRecords.fixChecksum(bytes);
        long before = directBytes();
        assertThatThrownBy(() -> reader.wrap(batch.wrapChecked(bytes, 0)))
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(code));
        assertThat(directBytes() - before).isLessThanOrEqualTo(3L * MAX_UNCOMPRESSED);
    }

    @Test
    void framesWithoutContentSizeAreRead() throws IOException {
        ByteBuffer plain = TestRecords.encode(TestRecords.random(new Random(1), 500), Compression.NONE);
        byte[] records = new byte[plain.limit() - RecordBatch.HEADER_SIZE];
        plain.get(RecordBatch.HEADER_SIZE, records);
        ByteBuffer bytes = batchOf(500, stream(records));
        bytes.put(0, plain, 0, RecordBatch.LENGTH_OFFSET);
        bytes.putLong(RecordBatch.BASE_TIMESTAMP_OFFSET, plain.getLong(RecordBatch.BASE_TIMESTAMP_OFFSET));
        bytes.putShort(RecordBatch.ATTRIBUTES_OFFSET, (short) Compression.ZSTD.code());
        TestRecords.fixChecksum(bytes);
        assertThat(TestRecords.decode(bytes)).usingRecursiveComparison().isEqualTo(TestRecords.decode(plain));
    }

    @Test
    void accessorsReadInPlace() {
        try (RecordBatchBuilder builder = new RecordBatchBuilder(64)) {
            byte[] key = "key".getBytes(StandardCharsets.UTF_8);
            ByteBuffer bytes = builder.append(7, key, null, List.of(new Header("h", null)))
                    .append(8, null, key, List.of())
                    .build();
            reader.wrap(batch.wrapChecked(bytes, 0));
            assertThat(reader.next()).isTrue();
            assertThat(reader.key()).isEqualTo(ByteBuffer.wrap(key));
            assertThat(reader.value()).isNull();
            assertThat(reader.valueLength()).isEqualTo(-1);
            assertThat(reader.headers()).containsExactly(new Header("h", null));
            assertThat(reader.next()).isTrue();
            assertThat(reader.key()).isNull();
            assertThat(reader.data().slice(reader.valuePosition(), reader.valueLength()))
                    .isEqualTo(ByteBuffer.wrap(key));
            assertThat(reader.next()).isFalse();
            assertThat(bytes.position()).isZero();
            assertThat(bytes.limit()).isEqualTo(bytes.remaining());
        }
    }

    /** One record without key bytes, value bytes or headers, its fields as zigzag bytes. */
    private static int[] record(int timestamp, int offset, int key, int value, int headers) {
        return new int[] {12, 0, timestamp, offset, key, value, headers};
    }

    private static void decode(int count, int[] record, int... more) {
        ByteBuffer records = ByteBuffer.allocate(record.length + more.length);
        for (int b : record) {
            records.put((byte) b);
        }
        for (int b : more) {
            records.put((byte) b);
        }
        ByteBuffer bytes = batchOf(count, records.array());
        TestRecords.decode(bytes);
    }

    private static ByteBuffer batchOf(int count, byte[] records) {
        ByteBuffer bytes = ByteBuffer.allocate(RecordBatch.HEADER_SIZE + records.length);
        bytes.putInt(RecordBatch.LENGTH_OFFSET, bytes.capacity() - RecordBatch.LENGTH_PREFIX_SIZE);
        bytes.put(RecordBatch.MAGIC_OFFSET, RecordBatch.MAGIC);
        bytes.putInt(RecordBatch.LAST_OFFSET_DELTA_OFFSET, count - 1);
        bytes.putInt(RecordBatch.RECORD_COUNT_OFFSET, count);
        bytes.put(RecordBatch.HEADER_SIZE, records);
        TestRecords.fixChecksum(bytes);
        return bytes;
    }

    private static byte[] stream(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZstdOutputStream zstd = new ZstdOutputStream(bytes)) {
            zstd.write(content);
        }
        return bytes.toByteArray();
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    private static void assertCorrupt(Runnable action, String text) {
        assertThatThrownBy(action::run)
                .hasMessageContaining(text)
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_BATCH));
    }
}
