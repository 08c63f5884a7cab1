package io.portask.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.TestRecords.TestRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Batches and partitions are those of Kafka's own client classes, both ways. */
class KafkaCompatibilityTest {
    private static final long PRODUCER_ID = 77;
    private static final short EPOCH = 3;
    private static final int SEQUENCE = 12;
    private static final long BASE_OFFSET = 1_000_000_000_000L;

    static IntStream recordCounts() {
        return IntStream.of(1, 2, 3, 10, 63, 64, 65, 250, 1_000);
    }

    @ParameterizedTest
    @MethodSource("recordCounts")
    void kafkaReadsWhatPortaskWrites(int count) {
        for (Compression compression : Compression.values()) {
            List<TestRecord> records = TestRecords.random(new Random(count), count);
            try (RecordBatchBuilder builder = new RecordBatchBuilder(64)) {
                builder.compression(compression)
                        .producer(PRODUCER_ID, EPOCH, SEQUENCE)
                        .baseOffset(BASE_OFFSET);
                records.forEach(r -> builder.append(r.timestamp(), r.key(), r.value(), r.headers()));
                assertKafkaReads(builder.build(), records, compression);
            }
        }
    }

    private static void assertKafkaReads(ByteBuffer encoded, List<TestRecord> records, Compression compression) {
        Iterator<MutableRecordBatch> batches =
                MemoryRecords.readableRecords(encoded).batches().iterator();
        MutableRecordBatch batch = batches.next();
        assertThat(batches.hasNext()).isFalse();
        batch.ensureValid();
        assertThat(batch.baseOffset()).isEqualTo(BASE_OFFSET);
        assertThat(batch.lastOffset()).isEqualTo(BASE_OFFSET + records.size() - 1);
        assertThat(batch.countOrNull()).isEqualTo(records.size());
        assertThat(batch.producerId()).isEqualTo(PRODUCER_ID);
        assertThat(batch.producerEpoch()).isEqualTo(EPOCH);
        assertThat(batch.baseSequence()).isEqualTo(SEQUENCE);
        assertThat(batch.timestampType()).isEqualTo(TimestampType.CREATE_TIME);
        assertThat(batch.maxTimestamp())
                .isEqualTo(
                        records.stream().mapToLong(TestRecord::timestamp).max().orElseThrow());
        if (records.size() >= 63) {
            assertThat(batch.isCompressed()).isEqualTo(compression == Compression.ZSTD);
        }
        long offset = BASE_OFFSET;
        Iterator<TestRecord> expected = records.iterator();
        for (Record actual : batch) {
            TestRecord record = expected.next();
            assertThat(actual.offset()).isEqualTo(offset++);
            assertThat(actual.timestamp()).isEqualTo(record.timestamp());
            assertThat(bytes(actual.key())).isEqualTo(record.key());
            assertThat(bytes(actual.value())).isEqualTo(record.value());
            List<Header> headers = new ArrayList<>();
            for (org.apache.kafka.common.header.Header header : actual.headers()) {
                headers.add(new Header(header.key(), header.value()));
            }
            assertThat(headers).usingRecursiveComparison().isEqualTo(record.headers());
        }
        assertThat(expected.hasNext()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("recordCounts")
    void portaskReadsWhatKafkaWrites(int count) {
        for (Compression compression : Compression.values()) {
            List<TestRecord> records = TestRecords.random(new Random(count), count);
            ByteBuffer encoded = encodeWithKafka(records, compression, TimestampType.CREATE_TIME, -1);
            RecordBatch batch = new RecordBatch().wrapChecked(encoded, 0);
            assertThat(batch.baseOffset()).isEqualTo(BASE_OFFSET);
            assertThat(batch.lastOffset()).isEqualTo(BASE_OFFSET + count - 1);
            assertThat(batch.recordCount()).isEqualTo(count);
            assertThat(batch.producerId()).isEqualTo(PRODUCER_ID);
            assertThat(batch.producerEpoch()).isEqualTo(EPOCH);
            assertThat(batch.baseSequence()).isEqualTo(SEQUENCE);
            assertThat(batch.compressionCode()).isEqualTo(compression.code());
            List<ReceivedMessage> messages = TestRecords.decode(encoded);
            assertThat(messages).hasSize(count);
            for (int i = 0; i < count; i++) {
                TestRecord record = records.get(i);
                ReceivedMessage message = messages.get(i);
                assertThat(message.offset()).isEqualTo(BASE_OFFSET + i);
                assertThat(message.timestamp()).isEqualTo(record.timestamp());
                assertThat(message.key()).isEqualTo(record.key());
                assertThat(message.value()).isEqualTo(record.value());
                assertThat(message.headers()).usingRecursiveComparison().isEqualTo(record.headers());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void appendTimeReplacesTheRecordsOwn(Compression compression) {
        List<TestRecord> records = TestRecords.random(new Random(5), 20);
        ByteBuffer encoded = encodeWithKafka(records, compression, TimestampType.LOG_APPEND_TIME, 42_000);
        assertThat(TestRecords.decode(encoded))
                .extracting(ReceivedMessage::timestamp)
                .containsOnly(42_000L);
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void portaskRewritesWhatKafkaWrote(Compression compression) {
        List<TestRecord> records = TestRecords.random(new Random(6), 200);
        ByteBuffer encoded = encodeWithKafka(records, compression, TimestampType.CREATE_TIME, -1);
        RecordBatch batch = new RecordBatch().wrapChecked(encoded, 0);
        try (RecordReader reader = new RecordReader();
                RecordBatchBuilder builder = new RecordBatchBuilder(64)) {
            ByteBuffer filtered = RecordBatches.filter(batch, offset -> offset % 3 != 0, reader, builder);
            MutableRecordBatch kafka =
                    MemoryRecords.readableRecords(filtered).batches().iterator().next();
            kafka.ensureValid();
            assertThat(kafka.lastOffset()).isEqualTo(BASE_OFFSET + 199);
            assertThat(kafka.producerId()).isEqualTo(PRODUCER_ID);
            assertThat(kafka.partitionLeaderEpoch()).isEqualTo(9);
            for (Record record : kafka) {
                assertThat(record.offset() % 3).isNotZero();
                assertThat(bytes(record.value()))
                        .isEqualTo(records.get((int) (record.offset() - BASE_OFFSET))
                                .value());
            }
            assertThat(kafka.countOrNull()).isEqualTo(builder.count()).isLessThan(200);
        }
    }

    @Test
    void aBatchWithoutRecordsIsReadBothWays() {
        ByteBuffer encoded = ByteBuffer.allocate(RecordBatch.HEADER_SIZE);
        DefaultRecordBatch.writeEmptyHeader(
                encoded, (byte) 2, 1, EPOCH, SEQUENCE, 100, 104, 0, TimestampType.CREATE_TIME, -1, false, false);
        assertThat(TestRecords.decode(encoded.flip())).isEmpty();

        try (RecordBatchBuilder builder = new RecordBatchBuilder(64)) {
            ByteBuffer ours = builder.baseOffset(100)
                    .producer(1, EPOCH, SEQUENCE)
                    .lastOffsetDelta(4)
                    .build();
            MutableRecordBatch kafka =
                    MemoryRecords.readableRecords(ours).batches().iterator().next();
            kafka.ensureValid();
            assertThat(kafka.lastOffset()).isEqualTo(104);
            assertThat(kafka.iterator().hasNext()).isFalse();
        }
    }

    @Test
    void keysGoToKafkasPartitions() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            byte[] key = new byte[random.nextInt(40)];
            random.nextBytes(key);
            int partitions = 1 + random.nextInt(100);
            assertThat(KeyPartitioner.partition(key, partitions))
                    .isEqualTo(Utils.toPositive(Utils.murmur2(key)) % partitions);
        }
    }

    @Test
    void aKeyWithinAnArrayGoesWhereTheKeyAloneGoes() {
        byte[] key = "order-4711".getBytes(StandardCharsets.UTF_8);
        byte[] within = "xxorder-4711yyy".getBytes(StandardCharsets.UTF_8);
        assertThat(KeyPartitioner.partition(within, 2, key.length, 97)).isEqualTo(KeyPartitioner.partition(key, 97));
    }

    private static ByteBuffer encodeWithKafka(
            List<TestRecord> records, Compression compression, TimestampType timestampType, long appendTime) {
        org.apache.kafka.common.compress.Compression codec = compression == Compression.ZSTD
                ? org.apache.kafka.common.compress.Compression.zstd().build()
                : org.apache.kafka.common.compress.Compression.NONE;
        MemoryRecordsBuilder builder = MemoryRecords.builder(
                ByteBuffer.allocate(1024),
                (byte) 2,
                codec,
                timestampType,
                BASE_OFFSET,
                appendTime,
                PRODUCER_ID,
                EPOCH,
                SEQUENCE,
                false,
                9);
        for (TestRecord record : records) {
            builder.append(
                    record.timestamp(),
                    record.key(),
                    record.value(),
                    record.headers().stream()
                            .map(h -> new RecordHeader(h.name(), h.value()))
                            .toArray(org.apache.kafka.common.header.Header[]::new));
        }
        return builder.build().buffer();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        return buffer == null ? null : Utils.toArray(buffer);
    }
}
