package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.batch;
import static io.portask.store.contract.StoreProbe.join;
import static io.portask.store.contract.StoreProbe.producerBatch;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Idempotent producers: what is sent again is stored once, what is missing is noticed. */
interface ProducerRules extends StoreRules {
    @Test
    default void aRepeatOfTheLastFiveBatchesIsNotStoredAgain() {
        for (int i = 0; i < 6; i++) {
            assertThat(probe().append(ORDERS, producerBatch(7, 0, 2 * i, "a" + i, "b" + i))
                            .baseOffset())
                    .isEqualTo(2L * i);
        }
        for (int i = 1; i < 6; i++) {
            AppendResult again = probe().append(ORDERS, producerBatch(7, 0, 2 * i, "a" + i, "b" + i));
            assertThat(again.duplicate()).isTrue();
            assertThat(again.baseOffset()).isEqualTo(2L * i);
            assertThat(again.nextOffset()).isEqualTo(2L * i + 2);
        }
        assertThat(probe().info(ORDERS).endOffset()).isEqualTo(12);
        assertThat(probe().values(ORDERS)).hasSize(12);
    }

    @Test
    default void aRepeatBeforeTheFirstWasAcknowledgedIsNotStoredAgain() {
        CompletionStage<AppendResult> first =
                probe().store().append(ORDERS, producerBatch(7, 0, 0, "a"), probe().durability());
        CompletionStage<AppendResult> second =
                probe().store().append(ORDERS, producerBatch(7, 0, 0, "a"), probe().durability());
        assertThat(await(first).duplicate()).isFalse();
        assertThat(await(second).duplicate()).isTrue();
        assertThat(await(second).durability().atLeast(probe().durability())).isTrue();
        assertThat(probe().values(ORDERS)).containsExactly("a");
    }

    @Test
    default void aGapIsRefusedAndNothingStored() {
        probe().append(ORDERS, producerBatch(7, 0, 0, "a"));
        assertThat(probe().appendError(producerBatch(7, 0, 2, "c"))).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE);
        assertThat(probe().values(ORDERS)).containsExactly("a");
        assertThat(probe().append(ORDERS, producerBatch(7, 0, 1, "b")).baseOffset())
                .isEqualTo(1);
    }

    @Test
    default void anOlderEpochIsFenced() {
        probe().append(ORDERS, producerBatch(7, 1, 0, "a"));
        probe().append(ORDERS, producerBatch(7, 2, 0, "b"));
        assertThat(probe().appendError(producerBatch(7, 1, 1, "c"))).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(probe().values(ORDERS)).containsExactly("a", "b");
    }

    @Test
    default void newProducersAndEpochsStartAnywhere() {
        probe().append(ORDERS, producerBatch(7, 0, 1_000_000, "a"));
        probe().append(ORDERS, producerBatch(8, 0, 5, "b"));
        probe().append(ORDERS, producerBatch(7, 1, 77, "c"));
        probe().append(ORDERS, producerBatch(7, 1, 78, "d"));
        probe().append(ORDERS, producerBatch(8, 0, 6, "e"));
        assertThat(probe().values(ORDERS)).containsExactly("a", "b", "c", "d", "e");
    }

    @Test
    default void sequencesWrapToZero() {
        probe().append(ORDERS, producerBatch(7, 0, Integer.MAX_VALUE - 1, "a", "b", "c"));
        assertThat(probe().append(ORDERS, producerBatch(7, 0, 1, "d")).baseOffset())
                .isEqualTo(3);
        assertThat(probe().append(ORDERS, producerBatch(7, 0, Integer.MAX_VALUE - 1, "a", "b", "c"))
                        .duplicate())
                .isTrue();
    }

    @Test
    default void sequencesBelongToAPartition() {
        TopicPartition other = new TopicPartition("other", 0);
        probe().create("other", 1);
        probe().append(ORDERS, producerBatch(7, 0, 0, "a"));
        probe().append(other, producerBatch(7, 0, 40, "b"));
        assertThat(probe().append(other, producerBatch(7, 0, 40, "b")).duplicate())
                .isTrue();
        assertThat(probe().appendError(producerBatch(7, 0, 40, "b"))).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE);
    }

    @Test
    default void aRepeatIsKnownAfterItsMessagesWereDeletedOrTrimmed() {
        probe().append(ORDERS, producerBatch(7, 0, 0, "a"));
        probe().append(ORDERS, producerBatch(7, 0, 1, "b"));
        await(probe().store().trim(ORDERS, 1));
        await(probe().store().deleteMessages(ORDERS, List.of(1L)));
        assertThat(probe().append(ORDERS, producerBatch(7, 0, 0, "a")).duplicate())
                .isTrue();
        assertThat(probe().append(ORDERS, producerBatch(7, 0, 1, "b")).baseOffset())
                .isEqualTo(1);
        assertThat(probe().info(ORDERS).endOffset()).isEqualTo(2);
    }

    @Test
    default void anAppendOfAnIdempotentProducerHoldsOneBatch() {
        assertThat(probe().appendError(join(producerBatch(7, 0, 0, "a"), producerBatch(7, 0, 1, "b"))))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(probe().appendError(join(batch("a"), producerBatch(7, 0, 0, "b"))))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(probe().info(ORDERS).endOffset()).isZero();
    }

    @Test
    default void aProducerNeedsAnEpochAndASequence() {
        assertThat(probe().appendError(producerBatch(7, -1, 0, "a"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(probe().appendError(producerBatch(7, 0, -1, "a"))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(probe().info(ORDERS).endOffset()).isZero();
    }

    @Test
    default void onlyOneOfManyAtOnceIsStored() throws InterruptedException {
        int threads = 4;
        AtomicInteger stored = new AtomicInteger();
        List<Thread> producers = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Thread producer = new Thread(() -> {
                if (!probe().append(ORDERS, producerBatch(7, 0, 0, "a")).duplicate()) {
                    stored.incrementAndGet();
                }
            });
            producer.start();
            producers.add(producer);
        }
        for (Thread producer : producers) {
            producer.join();
        }
        assertThat(stored).hasValue(1);
        assertThat(probe().values(ORDERS)).containsExactly("a");
    }
}
