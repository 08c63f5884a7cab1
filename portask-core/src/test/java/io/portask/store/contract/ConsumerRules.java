package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.batch;
import static io.portask.store.contract.StoreProbe.errorOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.TopicPartition;
import io.portask.store.EndListener;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What consumers rely on: committed offsets, and being told of a new end. */
interface ConsumerRules extends StoreRules {
    @Test
    default void committedOffsetsAreRemembered() {
        probe().create("other", 3);
        TopicPartition other = new TopicPartition("other", 2);
        await(probe().store().commitOffsets("c", Map.of(ORDERS, 5L, other, 0L)));
        assertThat(await(probe().store().committedOffsets("c")))
                .containsExactlyInAnyOrderEntriesOf(Map.of(ORDERS, 5L, other, 0L));
        await(probe().store().commitOffsets("c", Map.of(ORDERS, 3L)));
        assertThat(await(probe().store().committedOffsets("c")))
                .containsExactlyInAnyOrderEntriesOf(Map.of(ORDERS, 3L, other, 0L));
    }

    @Test
    default void consumersAreKeptApart() {
        List<String> names = List.of("c", "C", "c:1", "c/1", "grüße €", "c c");
        for (int i = 0; i < names.size(); i++) {
            await(probe().store().commitOffsets(names.get(i), Map.of(ORDERS, (long) i)));
        }
        for (int i = 0; i < names.size(); i++) {
            assertThat(await(probe().store().committedOffsets(names.get(i))))
                    .containsExactly(Map.entry(ORDERS, (long) i));
        }
    }

    @Test
    default void consumersThatCommittedAreNamed() {
        assertThat(await(probe().store().consumers())).isEmpty();
        await(probe().store().commitOffsets("nobody", Map.of()));
        await(probe().store().commitOffsets("c", Map.of(ORDERS, 0L)));
        await(probe().store().commitOffsets("c", Map.of(ORDERS, 1L)));
        await(probe().store().commitOffsets("grüße €", Map.of(ORDERS, 0L)));
        assertThat(await(probe().store().consumers())).containsExactlyInAnyOrder("c", "grüße €");
    }

    @Test
    default void forgottenConsumersHaveNeitherNameNorOffsets() {
        await(probe().store().commitOffsets("c", Map.of(ORDERS, 5L)));
        await(probe().store().commitOffsets("d", Map.of(ORDERS, 6L)));
        await(probe().store().forgetConsumer("c"));
        await(probe().store().forgetConsumer("never seen"));
        assertThat(await(probe().store().consumers())).containsExactly("d");
        assertThat(await(probe().store().committedOffsets("c"))).isEmpty();
        assertThat(await(probe().store().committedOffsets("d"))).containsExactly(Map.entry(ORDERS, 6L));
        await(probe().store().commitOffsets("c", Map.of(ORDERS, 1L)));
        assertThat(await(probe().store().committedOffsets("c"))).containsExactly(Map.entry(ORDERS, 1L));
    }

    @Test
    default void consumersThatNeverCommittedHaveNoOffsets() {
        assertThat(await(probe().store().committedOffsets("nobody"))).isEmpty();
        await(probe().store().commitOffsets("nobody", Map.of()));
        assertThat(await(probe().store().committedOffsets("nobody"))).isEmpty();
    }

    @Test
    default void commitsForUnknownPartitionsAreRefused() {
        assertThat(errorOf(probe().store().commitOffsets("c", Map.of(new TopicPartition("no", 0), 1L)))
                        .code())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC);
        assertThat(await(probe().store().committedOffsets("c"))).isEmpty();
    }

    @Test
    default void listenersAreToldAfterTheMessagesCanBeRead() throws InterruptedException {
        BlockingQueue<Long> ends = new LinkedBlockingQueue<>();
        probe().store().addEndListener((partition, endOffset) -> {
            if (partition.equals(ORDERS)) {
                ends.add(endOffset);
            }
        });
        probe().store().append(ORDERS, batch("a", "b"), probe().durability());
        long end = awaitEnd(ends, 2);
        assertThat(end).isEqualTo(2);
        assertThat(probe().fetch(ORDERS, 0, StoreProbe.MANY_BYTES).messages()).hasSize(2);
    }

    @Test
    default void everyListenerHearsOfEveryPartition() throws InterruptedException {
        probe().create("wide", 3);
        BlockingQueue<TopicPartition> first = new LinkedBlockingQueue<>();
        BlockingQueue<TopicPartition> second = new LinkedBlockingQueue<>();
        probe().store().addEndListener((partition, endOffset) -> first.add(partition));
        probe().store().addEndListener((partition, endOffset) -> second.add(partition));
        for (int i = 0; i < 3; i++) {
            TopicPartition partition = new TopicPartition("wide", i);
            probe().append(partition, batch("a"));
            assertThat(first.poll(30, TimeUnit.SECONDS)).isEqualTo(partition);
            assertThat(second.poll(30, TimeUnit.SECONDS)).isEqualTo(partition);
        }
    }

    @Test
    default void removedListenersAreNotCalledAnyMore() throws InterruptedException {
        BlockingQueue<Long> removed = new LinkedBlockingQueue<>();
        BlockingQueue<Long> staying = new LinkedBlockingQueue<>();
        EndListener listener = (partition, endOffset) -> removed.add(endOffset);
        probe().store().addEndListener(listener);
        probe().store().addEndListener((partition, endOffset) -> staying.add(endOffset));
        probe().append("a");
        awaitEnd(removed, 1);
        awaitEnd(staying, 1);
        probe().store().removeEndListener(listener);
        probe().append("b");
        awaitEnd(staying, 2);
        assertThat(removed).isEmpty();
    }

    private static long awaitEnd(BlockingQueue<Long> ends, long wanted) throws InterruptedException {
        while (true) {
            Long end = ends.poll(30, TimeUnit.SECONDS);
            assertThat(end).as("a listener's call within 30 s").isNotNull();
            if (end >= wanted) {
                return end;
            }
        }
    }

    @Test
    default void commitsAreAllOrNothing() {
        Map<TopicPartition, Long> oneUnknown = Map.of(ORDERS, 1L, new TopicPartition("orders", 9), 1L);
        assertThat(errorOf(probe().store().commitOffsets("c", oneUnknown)).code())
                .isEqualTo(ErrorCode.UNKNOWN_PARTITION);
        probe().create("other", 1);
        Map<TopicPartition, Long> oneNegative = Map.of(ORDERS, 1L, new TopicPartition("other", 0), -1L);
        assertThat(errorOf(probe().store().commitOffsets("c", oneNegative)).code())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(await(probe().store().committedOffsets("c"))).isEmpty();
    }

    @Test
    default void whatAListenerHearsOfCanBeReadAtOnce() throws InterruptedException {
        BlockingQueue<CompletionStage<Boolean>> checks = new LinkedBlockingQueue<>();
        probe().store()
                .addEndListener((partition, endOffset) -> checks.add(
                        probe().store().describePartition(partition).thenApply(info -> info.endOffset() >= endOffset)));
        for (int i = 0; i < 20; i++) {
            probe().append("m" + i);
            CompletionStage<Boolean> check = checks.poll(30, TimeUnit.SECONDS);
            assertThat(check).as("a listener's call within 30 s").isNotNull();
            assertThat(await(check)).isTrue();
        }
    }
}
