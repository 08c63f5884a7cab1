package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.batch;
import static io.portask.store.contract.StoreProbe.errorOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Topics: create, describe, list, delete, names. */
interface TopicRules extends StoreRules {
    @Test
    default void newTopicsAreEmpty() {
        TopicDescription created = probe().create("new", 3);
        assertThat(created.name()).isEqualTo("new");
        assertThat(created.partitions())
                .containsExactly(
                        new PartitionInfo(0, 0, 0, 0), new PartitionInfo(1, 0, 0, 0), new PartitionInfo(2, 0, 0, 0));
        assertThat(await(probe().store().describeTopic("new"))).isEqualTo(created);
    }

    @Test
    default void aTopicIsCreatedOnce() {
        CompletionStage<?> again = probe().store().createTopic(new TopicSpec("orders", 2));
        assertThat(errorOf(again).code()).isEqualTo(ErrorCode.TOPIC_EXISTS);
        assertThat(await(probe().store().describeTopic("orders")).partitionCount())
                .isEqualTo(1);
    }

    @Test
    default void topicsAreListedByName() {
        probe().create("b", 2);
        probe().create("a", 1);
        probe().create("c", 1);
        probe().append(new TopicPartition("b", 1), batch("x", "y"));
        List<TopicDescription> topics = await(probe().store().listTopics());
        assertThat(topics).extracting(TopicDescription::name).containsExactly("a", "b", "c", "orders");
        PartitionInfo info = topics.get(1).partitions().get(1);
        assertThat(info.partition()).isEqualTo(1);
        assertThat(info.startOffset()).isZero();
        assertThat(info.endOffset()).isEqualTo(2);
        assertThat(info.sizeInBytes()).isPositive();
    }

    @Test
    default void unusualNamesAreKeptApart() {
        List<String> names = List.of("A", "a", "-", "...", "a.b", "a_b", "a-b", "con", "n".repeat(249));
        for (String name : names) {
            probe().create(name, 2);
            probe().append(new TopicPartition(name, 1), batch("of " + name));
        }
        for (String name : names) {
            assertThat(probe().values(new TopicPartition(name, 1))).containsExactly("of " + name);
            assertThat(probe().values(new TopicPartition(name, 0))).isEmpty();
        }
        assertThat(await(probe().store().listTopics())).hasSize(names.size() + 1);
    }

    @Test
    default void aThousandPartitionsAreIndependent() {
        assertThat(probe().create("wide", 1000).partitionCount()).isEqualTo(1000);
        for (int partition : new int[] {0, 1, 500, 999}) {
            TopicPartition name = new TopicPartition("wide", partition);
            assertThat(probe().append(name, batch("p" + partition)).baseOffset())
                    .isZero();
            assertThat(probe().values(name)).containsExactly("p" + partition);
        }
        assertThat(probe().info(new TopicPartition("wide", 2)).endOffset()).isZero();
    }

    @Test
    default void aDeletedTopicIsUnknown() {
        probe().append("a");
        await(probe().store().deleteTopic("orders"));
        assertAllCallsFail(ORDERS, ErrorCode.UNKNOWN_TOPIC);
        assertThat(await(probe().store().listTopics())).isEmpty();
        assertThat(errorOf(probe().store().deleteTopic("orders")).code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC);
        assertThat(errorOf(probe().store().describeTopic("orders")).code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC);
    }

    @Test
    default void aTopicCreatedAgainStartsEmpty() {
        probe().append("a", "b");
        probe().append(ORDERS, StoreProbe.producerBatch(7, 3, 10, "c"));
        await(probe().store().deleteTopic("orders"));
        probe().create("orders", 2);
        assertThat(probe().info(ORDERS).endOffset()).isZero();
        assertThat(probe().append(ORDERS, StoreProbe.producerBatch(7, 0, 99, "z"))
                        .baseOffset())
                .isZero();
        assertThat(probe().values(ORDERS)).containsExactly("z");
    }

    @Test
    default void deletingATopicLeavesOthersAlone() {
        TopicPartition other = new TopicPartition("orders2", 0);
        probe().create("orders2", 1);
        probe().append(other, batch("kept"));
        await(probe().store().commitOffsets("c", Map.of(ORDERS, 0L, other, 1L)));
        await(probe().store().deleteTopic("orders"));
        assertThat(probe().values(other)).containsExactly("kept");
        assertThat(await(probe().store().committedOffsets("c"))).containsExactly(Map.entry(other, 1L));
    }

    @Test
    default void deletingATopicDropsItsCommittedOffsets() {
        await(probe().store().commitOffsets("c", Map.of(ORDERS, 5L)));
        await(probe().store().deleteTopic("orders"));
        assertThat(await(probe().store().committedOffsets("c"))).isEmpty();
        probe().create("orders", 1);
        assertThat(await(probe().store().committedOffsets("c"))).isEmpty();
    }

    @Test
    default void unknownTopicsAndPartitionsAreNamed() {
        assertAllCallsFail(new TopicPartition("nowhere", 0), ErrorCode.UNKNOWN_TOPIC);
        assertAllCallsFail(new TopicPartition("orders", 1), ErrorCode.UNKNOWN_PARTITION);
        assertAllCallsFail(new TopicPartition("orders", -1), ErrorCode.UNKNOWN_PARTITION);
    }

    private void assertAllCallsFail(TopicPartition partition, ErrorCode expected) {
        assertThat(PartitionCalls.all(probe().store(), partition))
                .allSatisfy((call, stage) -> assertThat(errorOf(stage).code()).isEqualTo(expected));
    }

    @Test
    default void ofManyCreationsAtOnceOneSucceeds() throws InterruptedException {
        int threads = 4;
        List<CompletionStage<TopicDescription>> creations = new CopyOnWriteArrayList<>();
        List<Thread> creators = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Thread creator = new Thread(() -> creations.add(probe().store().createTopic(new TopicSpec("new", 2))));
            creator.start();
            creators.add(creator);
        }
        for (Thread creator : creators) {
            creator.join();
        }
        List<ErrorCode> refused = new ArrayList<>();
        for (CompletionStage<TopicDescription> creation : creations) {
            await(creation.handle((created, error) ->
                    error == null || refused.add(PortaskException.of(error).code())));
        }
        assertThat(refused).hasSize(threads - 1).containsOnly(ErrorCode.TOPIC_EXISTS);
    }

    @Test
    default void deletingATopicEndsWhatWaits() {
        List<CompletionStage<?>> appends = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            appends.add(probe().store().append(ORDERS, batch("m" + i), probe().durability()));
        }
        await(probe().store().deleteTopic("orders"));
        for (CompletionStage<?> append : appends) {
            PortaskException error =
                    await(append.handle((result, failure) -> failure == null ? null : PortaskException.of(failure)));
            assertThat(error == null ? ErrorCode.UNKNOWN_TOPIC : error.code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC);
        }
    }
}
