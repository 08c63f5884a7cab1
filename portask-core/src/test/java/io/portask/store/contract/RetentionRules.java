package io.portask.store.contract;

import static io.portask.store.contract.StoreProbe.ORDERS;
import static io.portask.store.contract.StoreProbe.await;
import static io.portask.store.contract.StoreProbe.batch;
import static io.portask.store.contract.StoreProbe.errorOf;
import static io.portask.store.contract.StoreProbe.keyedBatch;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
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
        TopicConfig config = HOURS.withRetentionBytes(12345).withTombstoneRetentionMs(7);
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
    default void compactionIsRefusedWhereItCannotBeDone() {
        TopicConfig compacted = TopicConfig.DEFAULT.withCompacted(true);
        if (!probe().store().capabilities().compaction()) {
            assertThat(errorOf(probe().store().createTopic(new TopicSpec("new", 1, compacted)))
                            .code())
                    .isEqualTo(ErrorCode.UNSUPPORTED_OPERATION);
            assertThat(errorOf(probe().store().configureTopic("orders", compacted))
                            .code())
                    .isEqualTo(ErrorCode.UNSUPPORTED_OPERATION);
        }
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
