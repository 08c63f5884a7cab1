package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.batch;
import static io.portask.store.contract.StoreProbe.compressedBatch;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.contract.StoreProbe.producerBatch;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.ReceivedMessage;
import io.portask.record.TopicPartition;
import io.portask.store.AppendResult;
import io.portask.store.MessageStore;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** The contract of a store that still holds everything when it is opened again. */
public abstract class DurableMessageStoreContract extends MessageStoreContract {
    /** A store that is not started, over what the store made last in this test has left. That one is closed. */
    protected abstract MessageStore reopen();

    private void closeAndReopen() {
        closeStore();
        start(reopen());
    }

    @Test
    void configurationSurvivesReopening() {
        TopicConfig config = TopicConfig.DEFAULT
                .withRetentionMs(60_000)
                .withRetentionBytes(1 << 20)
                .withRetentionMessages(1_000);
        await(probe().store().createTopic(new TopicSpec("new", 1, config)));
        await(probe().store().configureTopic("orders", config.withTombstoneRetentionMs(3)));
        closeAndReopen();
        assertThat(await(probe().store().describeTopic("new")).config()).isEqualTo(config);
        assertThat(await(probe().store().describeTopic("orders")).config())
                .isEqualTo(config.withTombstoneRetentionMs(3));
    }

    @Test
    void retentionSurvivesReopening() {
        probe().append("a", "b");
        await(probe().store().configureTopic("orders", RetentionRules.HOURS));
        probe().housekeep();
        closeAndReopen();
        assertThat(probe().info(ORDERS).startOffset()).isEqualTo(2);
        assertThat(probe().append("c").baseOffset()).isEqualTo(2);
    }

    @Test
    void messagesSurviveReopening() {
        probe().append("a", "b");
        probe().append(ORDERS, compressedBatch("x".repeat(3000), "y"));
        probe().append("e");
        List<ReceivedMessage> before = probe().readAll(ORDERS, StoreProbe.MANY_BYTES);
        closeAndReopen();
        assertThat(probe().readAll(ORDERS, StoreProbe.MANY_BYTES))
                .usingRecursiveComparison()
                .isEqualTo(before);
        assertThat(probe().append("f").baseOffset()).isEqualTo(5);
        assertThat(probe().values(ORDERS)).hasSize(6).endsWith("e", "f");
    }

    @Test
    void acknowledgedMessagesSurviveCloseWithoutDelay() {
        List<CompletionStage<AppendResult>> stages = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            stages.add(probe().store().append(ORDERS, batch("m" + i), probe().durability()));
        }
        closeAndReopen();
        List<String> values = probe().values(ORDERS);
        for (int i = 0; i < stages.size(); i++) {
            AppendResult result = await(stages.get(i).handle((done, error) -> done));
            if (result != null) {
                assertThat(values.get((int) result.baseOffset())).isEqualTo("m" + i);
            }
        }
    }

    @Test
    void topicsSurviveReopening() {
        probe().create("a", 3);
        probe().create("gone", 2);
        probe().append(new TopicPartition("gone", 0), batch("x"));
        await(probe().store().deleteTopic("gone"));
        List<TopicDescription> before = await(probe().store().listTopics());
        closeAndReopen();
        assertThat(await(probe().store().listTopics())).isEqualTo(before);
        assertThat(errorOf(probe().store().describeTopic("gone")).code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC);
        probe().create("gone", 1);
        assertThat(probe().values(new TopicPartition("gone", 0))).isEmpty();
    }

    @Test
    void trimmedAndDeletedMessagesStayGone() {
        probe().append("a", "b", "c", "d");
        probe().append("e", "f");
        await(probe().store().trim(ORDERS, 1));
        await(probe().store().deleteMessages(ORDERS, List.of(2L, 4L, 5L)));
        closeAndReopen();
        assertThat(probe().info(ORDERS).startOffset()).isEqualTo(1);
        assertThat(probe().info(ORDERS).endOffset()).isEqualTo(6);
        assertThat(probe().offsets(ORDERS)).containsExactly(1L, 3L);
        assertThat(await(probe().store().deleteMessages(ORDERS, List.of(2L, 3L))))
                .isEqualTo(1);
        assertThat(probe().append("g").baseOffset()).isEqualTo(6);
    }

    @Test
    void offsetsAreNotUsedAgainAfterTrimmingAllAndReopening() {
        probe().append("a", "b", "c");
        await(probe().store().trim(ORDERS, 3));
        closeAndReopen();
        assertThat(probe().info(ORDERS).startOffset()).isEqualTo(3);
        assertThat(probe().append("d").baseOffset()).isEqualTo(3);
    }

    @Test
    void producersSurviveReopening() {
        for (int i = 0; i < 6; i++) {
            probe().append(ORDERS, producerBatch(7, 2, i, "m" + i));
        }
        closeAndReopen();
        for (int i = 1; i < 6; i++) {
            AppendResult again = probe().append(ORDERS, producerBatch(7, 2, i, "m" + i));
            assertThat(again.duplicate()).isTrue();
            assertThat(again.baseOffset()).isEqualTo(i);
        }
        assertThat(probe().appendError(producerBatch(7, 2, 8, "gap"))).isEqualTo(ErrorCode.OUT_OF_ORDER_SEQUENCE);
        assertThat(probe().appendError(producerBatch(7, 1, 6, "old"))).isEqualTo(ErrorCode.PRODUCER_FENCED);
        assertThat(probe().append(ORDERS, producerBatch(7, 2, 6, "next")).baseOffset())
                .isEqualTo(6);
    }

    @Test
    void committedOffsetsSurviveReopening() {
        probe().create("gone", 1);
        await(probe().store().commitOffsets("c", Map.of(ORDERS, 1L, new TopicPartition("gone", 0), 9L)));
        await(probe().store().commitOffsets("c", Map.of(ORDERS, 4L)));
        await(probe().store().commitOffsets("other €", Map.of(ORDERS, 2L)));
        await(probe().store().deleteTopic("gone"));
        closeAndReopen();
        assertThat(await(probe().store().committedOffsets("c"))).containsExactly(Map.entry(ORDERS, 4L));
        assertThat(await(probe().store().committedOffsets("other €"))).containsExactly(Map.entry(ORDERS, 2L));
    }

    @Test
    void forgottenConsumersStayForgottenAfterReopening() {
        await(probe().store().commitOffsets("kept", Map.of(ORDERS, 4L)));
        await(probe().store().commitOffsets("forgotten", Map.of(ORDERS, 4L)));
        await(probe().store().forgetConsumer("forgotten"));
        closeAndReopen();
        assertThat(await(probe().store().consumers())).containsExactly("kept");
        assertThat(await(probe().store().committedOffsets("forgotten"))).isEmpty();
    }

    @Test
    void timestampsAreFoundAfterReopening() {
        probe().append(ORDERS, StoreProbe.timedBatch(100, 300));
        probe().append(ORDERS, StoreProbe.timedBatch(200, 400));
        closeAndReopen();
        assertThat(await(probe().store().offsetForTimestamp(ORDERS, 250))).isEqualTo(1);
        assertThat(await(probe().store().offsetForTimestamp(ORDERS, 301))).isEqualTo(3);
    }
}
