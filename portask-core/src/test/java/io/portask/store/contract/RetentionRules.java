package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.batch;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.contract.StoreProbe.keyedBatch;
import static io.portask.store.contract.StoreProbe.timedBatch;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.record.TopicPartition;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a topic is configured to keep. The batches of the probe have timestamps of 1970 unless they say otherwise. */
interface RetentionRules extends StoreRules {
    TopicConfig HOURS = TopicConfig.DEFAULT.withRetentionMs(TimeUnit.HOURS.toMillis(10));

    @Test
    default void topicsKeepEverythingByDefault() {
        assertThat(await(probe().store().describeTopic("orders")).config()).isEqualTo(TopicConfig.DEFAULT);
        probe().append("a");
        probe().housekeep();
        assertThat(probe().values(ORDERS)).containsExactly("a");
    }

    @Test
    default void aTopicIsDescribedWithItsConfiguration() {
        TopicConfig config =
                HOURS.withRetentionBytes(12345).withRetentionMessages(678).withTombstoneRetentionMs(7);
        TopicDescription created = await(probe().store().createTopic(new TopicSpec("new", 2, config)));
        assertThat(created.config()).isEqualTo(config);
        assertThat(await(probe().store().describeTopic("new"))).isEqualTo(created);
        assertThat(await(probe().store().listTopics())).contains(created);
    }

    @Test
    default void aTopicIsConfiguredAnew() {
        TopicDescription configured = await(probe().store().configureTopic("orders", HOURS));
        assertThat(configured.config()).isEqualTo(HOURS);
        assertThat(configured.partitionCount()).isEqualTo(1);
        assertThat(await(probe().store().describeTopic("orders"))).isEqualTo(configured);
        assertThat(errorOf(probe().store().configureTopic("nowhere", HOURS)).code())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC);
    }

    @Test
    default void whatIsTooOldGoes() {
        probe().append("a", "b");
        await(probe().store().configureTopic("orders", HOURS));
        probe().housekeep();
        assertThat(probe().info(ORDERS).startOffset()).isEqualTo(2);
        assertThat(probe().info(ORDERS).endOffset()).isEqualTo(2);
        assertThat(errorOf(probe().store().read(ORDERS, 0, 100)).code()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(probe().append(ORDERS, timedBatch(System.currentTimeMillis()))
                        .baseOffset())
                .isEqualTo(2);
        probe().housekeep();
        assertThat(probe().offsets(ORDERS)).containsExactly(2L);
    }

    @Test
    default void whatIsYoungEnoughStays() {
        await(probe().store().configureTopic("orders", HOURS));
        long now = System.currentTimeMillis();
        probe().append(ORDERS, timedBatch(now - 1, now));
        probe().append(ORDERS, timedBatch(now));
        probe().housekeep();
        assertThat(probe().offsets(ORDERS)).containsExactly(0L, 1L, 2L);
    }

    @Test
    default void anOldMessageStaysWithAYoungOneThatCameBeforeIt() {
        probe().append(ORDERS, timedBatch(System.currentTimeMillis()));
        probe().append("old");
        await(probe().store().configureTopic("orders", HOURS));
        probe().housekeep();
        assertThat(probe().offsets(ORDERS)).containsExactly(0L, 1L);
    }

    @Test
    default void aPartitionShrinksToItsSize() {
        fill();
        long before = probe().info(ORDERS).sizeInBytes();
        PartitionInfo info = shrink(TopicConfig.DEFAULT.withRetentionBytes(before / 2));
        assertThat(info.sizeInBytes()).isLessThanOrEqualTo(before / 2);
    }

    @Test
    default void aPartitionShrinksToItsNumberOfMessages() {
        fill();
        PartitionInfo info = shrink(TopicConfig.DEFAULT.withRetentionMessages(250));
        assertThat(info.endOffset() - info.startOffset()).isBetween(1L, 250L);
    }

    private void fill() {
        String value = "x".repeat(10_000);
        for (int i = 0; i < 500; i++) {
            probe().append(value);
        }
        probe().append("last");
    }

    /** What is left then, which the next look leaves as it is. */
    private PartitionInfo shrink(TopicConfig config) {
        await(probe().store().configureTopic("orders", config));
        probe().housekeep();
        PartitionInfo info = probe().info(ORDERS);
        assertThat(info.startOffset()).isPositive();
        assertThat(info.endOffset()).isEqualTo(501);
        assertThat(probe().values(ORDERS))
                .hasSize((int) (501 - info.startOffset()))
                .endsWith("last");
        probe().housekeep();
        assertThat(probe().info(ORDERS)).isEqualTo(info);
        return info;
    }

    @Test
    default void whatFitsIntoTheSizeStays() {
        probe().append("a", "b");
        await(probe().store().configureTopic("orders", TopicConfig.DEFAULT.withRetentionBytes(100_000)));
        probe().housekeep();
        assertThat(probe().values(ORDERS)).containsExactly("a", "b");
    }

    @Test
    default void whatIsNotTooManyStays() {
        probe().append("a", "b");
        await(probe().store().configureTopic("orders", TopicConfig.DEFAULT.withRetentionMessages(2)));
        probe().housekeep();
        assertThat(probe().values(ORDERS)).containsExactly("a", "b");
    }

    @Test
    default void retentionOfOneTopicLeavesOthersAlone() {
        TopicPartition other = new TopicPartition("other", 0);
        probe().create("other", 1);
        probe().append(other, batch("kept"));
        probe().append("a");
        await(probe().store().configureTopic("orders", HOURS));
        probe().housekeep();
        assertThat(probe().values(other)).containsExactly("kept");
        assertThat(probe().values(ORDERS)).isEmpty();
    }

    @Test
    default void compactionIsRefusedOrKeepsTheLatestOfEachKey() {
        TopicConfig compacted = TopicConfig.DEFAULT.withCompacted(true);
        if (!probe().store().capabilities().compaction()) {
            assertThat(errorOf(probe().store().createTopic(new TopicSpec("new", 1, compacted)))
                            .code())
                    .isEqualTo(ErrorCode.UNSUPPORTED_OPERATION);
            assertThat(errorOf(probe().store().configureTopic("orders", compacted))
                            .code())
                    .isEqualTo(ErrorCode.UNSUPPORTED_OPERATION);
            return;
        }
        await(probe().store().configureTopic("orders", compacted));
        for (int i = 0; i < 2000; i++) {
            probe().append(ORDERS, keyedBatch("k" + i % 7, "value " + i));
        }
        probe().housekeep();
        assertThat(probe().values(ORDERS))
                .contains(
                        "value 1999",
                        "value 1998",
                        "value 1997",
                        "value 1996",
                        "value 1995",
                        "value 1994",
                        "value 1993");
        assertThat(probe().info(ORDERS).endOffset()).isEqualTo(2000);
    }

    @Test
    default void aCompactedTopicTakesNoMessageWithoutAKey() {
        if (probe().store().capabilities().compaction()) {
            await(probe().store().configureTopic("orders", TopicConfig.DEFAULT.withCompacted(true)));
            assertThat(probe().appendError(batch("a"))).isEqualTo(ErrorCode.INVALID_REQUEST);
            assertThat(probe().info(ORDERS).endOffset()).isZero();
            assertThat(probe().append(ORDERS, keyedBatch("k", "v")).baseOffset())
                    .isZero();
        }
    }
}
