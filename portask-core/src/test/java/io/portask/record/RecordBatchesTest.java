package io.portask.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordBatchesTest {
    @Test
    void batchesAreShownInOrder() {
        List<Long> offsets = new ArrayList<>();
        RecordBatches.forEach(threeBatches(), batch -> offsets.add(batch.baseOffset()));
        assertThat(offsets).containsExactly(0L, 10L, 20L);
    }

    @Test
    void onlyWholeBatchesAreCounted() {
        ByteBuffer batches = threeBatches();
        assertThat(RecordBatches.countWhole(batches)).isEqualTo(3);
        assertThat(RecordBatches.countWhole(batches.limit(batches.limit() - 1))).isEqualTo(2);
        assertThat(RecordBatches.countWhole(batches.limit(5))).isZero();
    }

    @Test
    void aCutBatchIsRefusedAfterTheWholeOnes() {
        ByteBuffer batches = threeBatches();
        batches.limit(batches.limit() - 1);
        List<Long> offsets = new ArrayList<>();
        assertThatThrownBy(() -> RecordBatches.forEach(batches, batch -> offsets.add(batch.baseOffset())))
                .hasMessageContaining("cut short");
        assertThat(offsets).containsExactly(0L, 10L);
    }

    @Test
    void messagesBeforeTheWantedOffsetAreLeftOut() {
        List<ReceivedMessage> messages = RecordBatches.decode(TestRecords.PARTITION, threeBatches(), 17);
        assertThat(messages).hasSize(13);
        assertThat(messages.get(0).id()).isEqualTo(new MessageId("t", 0, 17));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void filteringKeepsOffsetsAndEnds(Compression compression) {
        ByteBuffer original = TestRecords.encode(TestRecords.random(new Random(3), 50), compression);
        try (RecordReader reader = new RecordReader();
                RecordBatchBuilder builder = new RecordBatchBuilder(64)) {
            RecordBatch batch = new RecordBatch().wrapChecked(original, 0).baseOffset(500);
            ByteBuffer kept = RecordBatches.filter(batch, offset -> offset % 2 == 1 && offset < 540, reader, builder);
            assertThat(builder.count()).isEqualTo(20);
            List<ReceivedMessage> expected = new ArrayList<>(TestRecords.decode(original));
            expected.removeIf(message -> message.offset() % 2 == 0 || message.offset() >= 540);
            assertThat(TestRecords.decode(kept)).usingRecursiveComparison().isEqualTo(expected);
            assertThat(new RecordBatch().wrapChecked(kept, 0).lastOffset()).isEqualTo(549);
        }
    }

    @Test
    void filteringAllLeavesAHeader() {
        ByteBuffer original = TestRecords.encode(TestRecords.random(new Random(3), 50), Compression.ZSTD);
        try (RecordReader reader = new RecordReader();
                RecordBatchBuilder builder = new RecordBatchBuilder(64)) {
            RecordBatch batch = new RecordBatch().wrapChecked(original, 0);
            ByteBuffer kept = RecordBatches.filter(batch, offset -> false, reader, builder);
            assertThat(kept.remaining()).isEqualTo(RecordBatch.HEADER_SIZE);
            assertThat(new RecordBatch().wrapChecked(kept, 0).lastOffset()).isEqualTo(49);
            assertThat(TestRecords.decode(kept)).isEmpty();
        }
    }

    private static ByteBuffer threeBatches() {
        ByteBuffer batches = ByteBuffer.allocateDirect(20_000);
        for (int i = 0; i < 3; i++) {
            ByteBuffer batch = TestRecords.encode(TestRecords.random(new Random(i), 10), Compression.NONE);
            new RecordBatch().wrap(batch, 0).baseOffset(10L * i);
            batches.put(batch);
        }
        return batches.flip();
    }
}
