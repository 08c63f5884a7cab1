package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.MANY_BYTES;
import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.compressedBatch;
import static io.portask.store.contract.StoreProbe.errorOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Trimming and deleting messages. */
interface RemovalRules extends StoreRules {
    @Test
    default void trimmingForgetsWhatIsBefore() {
        probe().append("a", "b", "c");
        probe().append("d", "e", "f");
        assertThat(trim(3)).isEqualTo(3);
        assertThat(probe().info(ORDERS).startOffset()).isEqualTo(3);
        assertThat(probe().values(ORDERS)).containsExactly("d", "e", "f");
        assertThat(probe().fetch(ORDERS, 4, MANY_BYTES).startOffset()).isEqualTo(3);
    }

    @Test
    default void trimmingWithinABatchMovesTheStartThere() {
        probe().append("a", "b", "c");
        assertThat(trim(1)).isEqualTo(1);
        assertThat(probe().info(ORDERS).startOffset()).isEqualTo(1);
        assertThat(probe().values(ORDERS)).containsExactly("b", "c");
        assertThat(errorOf(probe().store().read(ORDERS, 0, MANY_BYTES)).code())
                .isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
    }

    @Test
    default void trimmingAtOrBeforeTheStartChangesNothing() {
        probe().append("a", "b", "c");
        trim(2);
        assertThat(trim(2)).isEqualTo(2);
        assertThat(trim(0)).isEqualTo(2);
        assertThat(trim(-5)).isEqualTo(2);
        assertThat(probe().values(ORDERS)).containsExactly("c");
    }

    @Test
    default void trimmingBeyondTheEndIsRefused() {
        probe().append("a", "b", "c");
        PortaskException error = errorOf(probe().store().trim(ORDERS, 4));
        assertThat(error.code()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(probe().values(ORDERS)).containsExactly("a", "b", "c");
    }

    @Test
    default void offsetsAreNotUsedAgainAfterTrimmingAll() {
        probe().append("a", "b", "c");
        assertThat(trim(3)).isEqualTo(3);
        assertThat(probe().info(ORDERS).startOffset()).isEqualTo(3);
        assertThat(probe().info(ORDERS).endOffset()).isEqualTo(3);
        assertThat(probe().append("d").baseOffset()).isEqualTo(3);
        assertThat(probe().values(ORDERS)).containsExactly("d");
    }

    @Test
    default void deletedMessagesAreGoneAndOthersKeepTheirOffsets() {
        probe().append("a", "b", "c");
        probe().append("d", "e");
        assertThat(delete(1, 3)).isEqualTo(2);
        assertThat(probe().offsets(ORDERS)).containsExactly(0L, 2L, 4L);
        assertThat(probe().values(ORDERS)).containsExactly("a", "c", "e");
        assertThat(probe().info(ORDERS).endOffset()).isEqualTo(5);
        assertThat(probe().append("f").baseOffset()).isEqualTo(5);
        assertThat(probe().values(ORDERS)).containsExactly("a", "c", "e", "f");
    }

    @Test
    default void onlyMessagesThatWereThereAreCounted() {
        probe().append("a", "b", "c");
        trim(1);
        assertThat(delete(0, 1, -1, 3, 100, Long.MAX_VALUE)).isEqualTo(1);
        assertThat(delete(1)).isZero();
        assertThat(delete(2, 2)).isEqualTo(1);
        assertThat(delete()).isZero();
        assertThat(await(probe().store().deleteMessages(ORDERS, Set.of(2L)))).isZero();
    }

    @Test
    default void readingPassesADeletedOffset() {
        probe().append("a", "b", "c");
        delete(1);
        assertThat(probe().fetch(ORDERS, 1, MANY_BYTES).messages())
                .extracting(ReceivedMessage::text)
                .containsExactly("c");
    }

    @Test
    default void wholeBatchesMayBeDeleted() {
        probe().append("a", "b");
        probe().append("c", "d");
        probe().append("e", "f");
        assertThat(delete(2, 3, 4, 5)).isEqualTo(4);
        assertThat(probe().values(ORDERS)).containsExactly("a", "b");
        assertThat(delete(0, 1)).isEqualTo(2);
        assertThat(probe().values(ORDERS)).isEmpty();
        assertThat(probe().info(ORDERS).endOffset()).isEqualTo(6);
        assertThat(probe().append("g").baseOffset()).isEqualTo(6);
        assertThat(probe().values(ORDERS)).containsExactly("g");
    }

    @Test
    default void messagesOfCompressedBatchesAreDeleted() {
        String[] values = new String[100];
        for (int i = 0; i < values.length; i++) {
            values[i] = "a value that is much like the others, number " + i;
        }
        probe().append(ORDERS, compressedBatch(values));
        probe().append("last");
        assertThat(delete(0, 50, 99)).isEqualTo(3);
        List<String> expected = new ArrayList<>(List.of(values));
        expected.removeAll(List.of(values[0], values[50], values[99]));
        expected.add("last");
        assertThat(probe().values(ORDERS)).isEqualTo(expected);
    }

    private long trim(long offset) {
        return await(probe().store().trim(ORDERS, offset));
    }

    private int delete(long... offsets) {
        List<Long> list = new ArrayList<>();
        for (long offset : offsets) {
            list.add(offset);
        }
        return await(probe().store().deleteMessages(ORDERS, list));
    }
}
