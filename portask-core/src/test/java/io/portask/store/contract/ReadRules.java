package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.MANY_BYTES;
import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.batch;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.contract.StoreProbe.join;
import static io.portask.store.contract.StoreProbe.timedBatch;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;
import io.portask.record.RecordBatches;
import io.portask.store.FetchResult;
import io.portask.store.contract.StoreProbe.Fetched;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reading: by offset, by timestamp, bounds. */
interface ReadRules extends StoreRules {
    @Test
    default void readingStartsWithTheBatchThatContainsTheOffset() {
        probe().append("a", "b", "c");
        probe().append("d", "e", "f");
        Fetched fetched = probe().fetch(ORDERS, 4, MANY_BYTES);
        assertThat(fetched.baseOffsets()).containsExactly(3L);
        assertThat(fetched.messages()).extracting(ReceivedMessage::text).containsExactly("e", "f");
        assertThat(fetched.startOffset()).isZero();
        assertThat(fetched.endOffset()).isEqualTo(6);
        assertThat(fetched.nextOffset()).isEqualTo(6);
    }

    @Test
    default void atLeastOneBatchIsReturned() {
        probe().append("a", "b");
        probe().append("c");
        for (int maxBytes : new int[] {0, 1, 60}) {
            assertThat(probe().fetch(ORDERS, 1, maxBytes).baseOffsets()).containsExactly(0L);
        }
    }

    @Test
    default void maxBytesBoundsTheBatchesAfterTheFirst() {
        probe().append(ORDERS, join(batch("a"), batch("b"), batch("c")));
        int size = batch("a").remaining();
        assertThat(probe().fetch(ORDERS, 0, 2 * size).baseOffsets()).containsExactly(0L, 1L);
        assertThat(probe().fetch(ORDERS, 0, 2 * size - 1).baseOffsets()).containsExactly(0L);
        assertThat(probe().fetch(ORDERS, 1, 3 * size).baseOffsets()).containsExactly(1L, 2L);
    }

    @Test
    default void readingOnAtTheNextOffsetReachesEverything() {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String value = "m" + i + "-" + "x".repeat(i * 7 % 900);
            probe().append(value);
            expected.add(value);
        }
        for (int maxBytes : new int[] {1, 1000, 5000, MANY_BYTES}) {
            assertThat(probe().readAll(ORDERS, maxBytes))
                    .extracting(ReceivedMessage::text)
                    .isEqualTo(expected);
        }
    }

    @Test
    default void readingAtTheEndIsEmpty() {
        assertThat(probe().fetch(ORDERS, 0, MANY_BYTES).messages()).isEmpty();
        probe().append("a", "b");
        Fetched fetched = probe().fetch(ORDERS, 2, MANY_BYTES);
        assertThat(fetched.bytes().remaining()).isZero();
        assertThat(fetched.nextOffset()).isEqualTo(2);
        assertThat(fetched.endOffset()).isEqualTo(2);
    }

    @Test
    default void readingOutOfRangeNamesTheRange() {
        for (int i = 0; i < 17; i++) {
            probe().append("m" + i);
        }
        await(probe().store().trim(ORDERS, 13));
        for (long offset : new long[] {12, 18, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            PortaskException error = errorOf(probe().store().read(ORDERS, offset, MANY_BYTES));
            assertThat(error.code()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
            assertThat(error.getMessage()).contains("13").contains("17");
        }
    }

    @Test
    default void theBytesGoToAChannelFromAnyPosition() throws IOException {
        probe().append(ORDERS, join(batch("a"), batch("b")));
        byte[] expected = new byte[2 * batch("a").remaining()];
        probe().fetch(ORDERS, 0, MANY_BYTES).bytes().get(expected);
        try (FetchResult result = await(probe().store().read(ORDERS, 0, MANY_BYTES))) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(expected, 0, 7);
            WritableByteChannel channel = Channels.newChannel(bytes);
            for (int position = 7; position < result.sizeInBytes(); ) {
                position += result.batches().writeTo(channel, position);
            }
            assertThat(bytes.toByteArray()).isEqualTo(expected);
        }
    }

    @Test
    default void aResultStaysAsItWasWhileTheStoreGoesOn() {
        probe().append("a", "b");
        try (FetchResult held = await(probe().store().read(ORDERS, 0, MANY_BYTES))) {
            for (int i = 0; i < 50; i++) {
                probe().append("later" + i);
            }
            await(probe().store().deleteMessages(ORDERS, List.of(20L)));
            await(probe().store().trim(ORDERS, 30));
            assertThat(held.endOffset()).isEqualTo(2);
            assertThat(RecordBatches.decode(ORDERS, held.batches().buffer(), 0))
                    .extracting(ReceivedMessage::text)
                    .containsExactly("a", "b");
        }
    }

    @Test
    default void timestampsFindTheFirstRecordNotBefore() {
        probe().append(ORDERS, timedBatch(100, 300, 200));
        probe().append(ORDERS, timedBatch(50, 250));
        probe().append(ORDERS, timedBatch(400, 500));
        assertThat(offsetFor(Long.MIN_VALUE)).isZero();
        assertThat(offsetFor(100)).isZero();
        assertThat(offsetFor(101)).isEqualTo(1);
        assertThat(offsetFor(300)).isEqualTo(1);
        assertThat(offsetFor(301)).isEqualTo(5);
        assertThat(offsetFor(401)).isEqualTo(6);
        assertThat(offsetFor(501)).isEqualTo(7);
        assertThat(offsetFor(Long.MAX_VALUE)).isEqualTo(7);
    }

    @Test
    default void timestampsFindNothingInAnEmptyPartition() {
        assertThat(offsetFor(0)).isZero();
    }

    @Test
    default void timestampsFindOnlyWhatIsKept() {
        probe().append(ORDERS, timedBatch(100, 200, 300));
        probe().append(ORDERS, timedBatch(400));
        await(probe().store().trim(ORDERS, 1));
        assertThat(offsetFor(0)).isEqualTo(1);
        await(probe().store().deleteMessages(ORDERS, List.of(1L)));
        assertThat(offsetFor(0)).isEqualTo(2);
        await(probe().store().trim(ORDERS, 4));
        assertThat(offsetFor(0)).isEqualTo(4);
    }

    private long offsetFor(long epochMs) {
        return await(probe().store().offsetForTimestamp(ORDERS, epochMs));
    }
}
