package io.portask.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.store.ProducerSequences.StoredBatch;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ProducerSequencesTest {
    private final ProducerSequences sequences = new ProducerSequences();

    @Test
    void unknownProducerStartsAtAnySequence() {
        assertThat(sequences.check(batch(7, 0, 1234, 3))).isNull();
    }

    @Test
    void batchesWithoutProducerIdLeaveNoTrace() {
        RecordBatch anonymous = batch(RecordBatch.NO_PRODUCER_ID, -1, -1, 3);
        assertThat(sequences.check(anonymous)).isNull();
        sequences.record(anonymous, 0);
        assertThat(sequences.size()).isZero();
    }

    @Test
    void successorIsNewAndRepeatReturnsFirstOffsets() {
        sequences.record(batch(7, 0, 0, 3), 100);
        sequences.record(batch(7, 0, 3, 2), 110);
        assertThat(sequences.check(batch(7, 0, 5, 1))).isNull();
        assertThat(sequences.check(batch(7, 0, 0, 3))).isEqualTo(new StoredBatch(100, 103));
        assertThat(sequences.check(batch(7, 0, 3, 2))).isEqualTo(new StoredBatch(110, 112));
    }

    @Test
    void onlyTheLastFiveBatchesAreRemembered() {
        for (int i = 0; i < 6; i++) {
            sequences.record(batch(7, 0, i, 1), i);
        }
        for (int i = 1; i < 6; i++) {
            assertThat(sequences.check(batch(7, 0, i, 1))).isEqualTo(new StoredBatch(i, i + 1));
        }
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE, batch(7, 0, 0, 1));
    }

    @Test
    void gapIsRefused() {
        sequences.record(batch(7, 0, 0, 3), 0);
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE, batch(7, 0, 4, 1));
    }

    @Test
    void overlapThatIsNoRepeatIsRefused() {
        sequences.record(batch(7, 0, 0, 3), 0);
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE, batch(7, 0, 0, 4));
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE, batch(7, 0, 1, 2));
    }

    @Test
    void sequenceWrapsToZero() {
        sequences.record(batch(7, 0, Integer.MAX_VALUE - 1, 2), 0);
        assertThat(sequences.check(batch(7, 0, 0, 1))).isNull();
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE, batch(7, 0, 1, 1));
    }

    @Test
    void batchMayCrossTheWrap() {
        RecordBatch crossing = batch(7, 0, Integer.MAX_VALUE, 3);
        sequences.record(crossing, 50);
        assertThat(sequences.check(crossing)).isEqualTo(new StoredBatch(50, 53));
        assertThat(sequences.check(batch(7, 0, 2, 1))).isNull();
    }

    @Test
    void olderEpochIsFencedAndNewerStartsAtAnySequence() {
        sequences.record(batch(7, 3, 0, 1), 0);
        assertRefused(ErrorCode.PRODUCER_FENCED, batch(7, 2, 1, 1));
        assertThat(sequences.check(batch(7, 4, 9, 1))).isNull();
        sequences.record(batch(7, 4, 9, 1), 1);
        assertThat(sequences.check(batch(7, 4, 10, 1))).isNull();
        assertRefused(ErrorCode.PRODUCER_FENCED, batch(7, 3, 1, 1));
        assertRefused(ErrorCode.OUT_OF_ORDER_SEQUENCE, batch(7, 4, 0, 1));
    }

    @Test
    void producerIdWithoutEpochOrSequenceIsRefused() {
        assertRefused(ErrorCode.INVALID_REQUEST, batch(7, -1, 0, 1));
        assertRefused(ErrorCode.INVALID_REQUEST, batch(7, 0, -1, 1));
    }

    @Test
    void longestSilentProducerIsForgottenFirst() {
        ProducerSequences two = new ProducerSequences(2);
        two.record(batch(1, 0, 0, 1), 0);
        two.record(batch(2, 0, 0, 1), 1);
        two.record(batch(1, 0, 1, 1), 2);
        two.record(batch(3, 0, 0, 1), 3);
        assertThat(two.size()).isEqualTo(2);
        assertThat(two.check(batch(2, 0, 500, 1))).isNull();
        assertThat(two.check(batch(1, 0, 1, 1))).isEqualTo(new StoredBatch(2, 3));
        assertThat(two.check(batch(3, 0, 0, 1))).isEqualTo(new StoredBatch(3, 4));
    }

    @Test
    void boundBelowOneIsRefused() {
        assertThatThrownBy(() -> new ProducerSequences(0)).hasMessageContaining("not 0");
    }

    @Test
    void restoredSnapshotAnswersAsTheOriginal() {
        long seed = 20261124;
        Random random = new Random(seed);
        Map<Long, Integer> next = new HashMap<>();
        List<RecordBatch> all = new ArrayList<>();
        long offset = 0;
        for (int i = 0; i < 2_000; i++) {
            long id = random.nextInt(50);
            int count = 1 + random.nextInt(4);
            RecordBatch batch = batch(id, 0, next.getOrDefault(id, Integer.MAX_VALUE - 20), count);
            next.put(id, (batch.baseSequence() + count) & Integer.MAX_VALUE);
            sequences.record(batch, offset);
            offset += count;
            all.add(batch);
        }
        ProducerSequences restored = new ProducerSequences();
        restored.record(batch(999, 0, 0, 1), 0);
        ByteBuffer snapshot = snapshot(sequences);
        restored.restore(snapshot);
        assertThat(snapshot.hasRemaining()).isFalse();
        assertThat(restored.size()).isEqualTo(sequences.size());
        for (RecordBatch batch : all) {
            assertThat(outcome(restored, batch)).as("seed %d", seed).isEqualTo(outcome(sequences, batch));
        }
    }

    @Test
    void restoreKeepsTheLatestWhereFewerAreAllowed() {
        for (int id = 1; id <= 3; id++) {
            sequences.record(batch(id, 0, 0, 1), id);
        }
        ProducerSequences two = new ProducerSequences(2);
        two.restore(snapshot(sequences));
        assertThat(two.check(batch(1, 0, 77, 1))).isNull();
        assertThat(two.check(batch(3, 0, 0, 1))).isEqualTo(new StoredBatch(3, 4));
    }

    @Test
    void cutSnapshotIsRefusedAtEveryByte() {
        sequences.record(batch(7, 0, 0, 1), 0);
        sequences.record(batch(8, 0, 0, 1), 1);
        sequences.record(batch(8, 0, 1, 1), 2);
        ByteBuffer whole = snapshot(sequences);
        for (int size = 0; size < whole.capacity(); size++) {
            ByteBuffer cut = whole.slice(0, size);
            assertThatThrownBy(() -> sequences.restore(cut))
                    .isInstanceOfSatisfying(
                            PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_STORE));
            assertThat(sequences.size()).isZero();
        }
    }

    private static Object outcome(ProducerSequences sequences, RecordBatch batch) {
        try {
            StoredBatch stored = sequences.check(batch);
            return stored == null ? "new" : stored;
        } catch (PortaskException e) {
            return e.getMessage();
        }
    }

    private static ByteBuffer snapshot(ProducerSequences sequences) {
        ByteBuffer buffer = ByteBuffer.allocate(sequences.snapshotSize());
        sequences.writeTo(buffer);
        assertThat(buffer.hasRemaining()).isFalse();
        return buffer.flip();
    }

    private void assertRefused(ErrorCode code, RecordBatch batch) {
        assertThatThrownBy(() -> sequences.check(batch))
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static RecordBatch batch(long producerId, int epoch, int baseSequence, int records) {
        ByteBuffer header = ByteBuffer.allocate(RecordBatch.HEADER_SIZE);
        header.putLong(RecordBatch.PRODUCER_ID_OFFSET, producerId);
        header.putShort(RecordBatch.PRODUCER_EPOCH_OFFSET, (short) epoch);
        header.putInt(RecordBatch.BASE_SEQUENCE_OFFSET, baseSequence);
        header.putInt(RecordBatch.LAST_OFFSET_DELTA_OFFSET, records - 1);
        header.putInt(RecordBatch.RECORD_COUNT_OFFSET, records);
        return new RecordBatch().wrap(header, 0);
    }
}
