package io.portask.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.PortaskException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicConfigTest {
    private static final TopicConfig HUNDRED = TopicConfig.DEFAULT.withRetentionMs(100);

    @ParameterizedTest
    @ValueSource(longs = {0, -2, Long.MIN_VALUE})
    void limitsThatMeanNothingAreRefused(long limit) {
        assertThatThrownBy(() -> TopicConfig.DEFAULT.withRetentionMs(limit))
                .isInstanceOf(PortaskException.class)
                .hasMessageContaining("retentionMs is " + limit);
        assertThatThrownBy(() -> TopicConfig.DEFAULT.withRetentionBytes(limit))
                .isInstanceOf(PortaskException.class)
                .hasMessageContaining("retentionBytes is " + limit);
        assertThatThrownBy(() -> TopicConfig.DEFAULT.withRetentionMessages(limit))
                .isInstanceOf(PortaskException.class)
                .hasMessageContaining("retentionMessages is " + limit);
    }

    @Test
    void negativeTombstoneRetentionIsRefused() {
        assertThatThrownBy(() -> TopicConfig.DEFAULT.withTombstoneRetentionMs(-1))
                .isInstanceOf(PortaskException.class)
                .hasMessageContaining("tombstoneRetentionMs is -1");
    }

    @Test
    void everyWitherChangesOneThing() {
        assertThat(TopicConfig.DEFAULT.withRetentionMs(1)).isEqualTo(new TopicConfig(1, -1, false, 86_400_000));
        assertThat(TopicConfig.DEFAULT.withRetentionBytes(1)).isEqualTo(new TopicConfig(-1, 1, false, 86_400_000));
        assertThat(TopicConfig.DEFAULT.withRetentionMessages(1))
                .isEqualTo(new TopicConfig(-1, -1, 1, false, 86_400_000));
        assertThat(TopicConfig.DEFAULT.withCompacted(true)).isEqualTo(new TopicConfig(-1, -1, true, 86_400_000));
        assertThat(TopicConfig.DEFAULT.withTombstoneRetentionMs(1)).isEqualTo(new TopicConfig(-1, -1, false, 1));
    }

    @Test
    void eitherSizeMayBeExceeded() {
        TopicConfig both = TopicConfig.DEFAULT.withRetentionBytes(10).withRetentionMessages(2);
        assertThat(both.isExceeded(10, 2)).isFalse();
        assertThat(both.isExceeded(11, 2)).isTrue();
        assertThat(both.isExceeded(10, 3)).isTrue();
        assertThat(TopicConfig.DEFAULT.isExceeded(Long.MAX_VALUE, Long.MAX_VALUE))
                .isFalse();
    }

    @Test
    void expiryFollowsTheNewestTimestamp() {
        assertThat(HUNDRED.isExpired(900, 1000, 1000)).isFalse();
        assertThat(HUNDRED.isExpired(899, 1000, 1000)).isTrue();
        assertThat(TopicConfig.DEFAULT.isExpired(0, 0, Long.MAX_VALUE)).isFalse();
    }

    @Test
    void timestampsInTheFutureKeepNothingLonger() {
        assertThat(HUNDRED.isExpired(Long.MAX_VALUE, 899, 1000)).isTrue();
        assertThat(HUNDRED.isExpired(Long.MAX_VALUE, 900, 1000)).isFalse();
    }

    @Test
    void unknownTimestampsCountFromTheStoresClock() {
        assertThat(HUNDRED.isExpired(-1, 899, 1000)).isTrue();
        assertThat(HUNDRED.isExpired(-1, 900, 1000)).isFalse();
        assertThat(HUNDRED.isExpired(Long.MIN_VALUE, 900, 1000)).isFalse();
    }
}
