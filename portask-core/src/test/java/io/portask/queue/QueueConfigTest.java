package io.portask.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class QueueConfigTest {
    @Test
    void defaultsAreAsDocumented() {
        assertThat(QueueConfig.defaults())
                .isEqualTo(new QueueConfig(30_000, 10, 1_000, 300_000, 0, 1_000, 100_000, "*.dlq", false));
    }

    @Test
    void theDeadLetterTopicIsNamedAfterTheTopic() {
        assertThat(QueueConfig.defaults().deadLetterTopicOf("orders")).isEqualTo("orders.dlq");
        assertThat(QueueConfig.builder().deadLetterTopic("graveyard").build().deadLetterTopicOf("orders"))
                .isEqualTo("graveyard");
        assertThat(QueueConfig.builder().deadLetterTopic(null).build().deadLetterTopicOf("orders"))
                .isNull();
        assertThatThrownBy(() -> QueueConfig.defaults().deadLetterTopicOf("x".repeat(249)))
                .isInstanceOf(PortaskException.class);
    }

    @Test
    void valuesOutOfRangeAreRefusedByName() {
        assertRefused("ackTimeoutMs", builder -> builder.ackTimeoutMs(99));
        assertRefused("maxDeliveries", builder -> builder.maxDeliveries(0));
        assertRefused("retryDelayMs", builder -> builder.retryDelayMs(-1, 0));
        assertRefused("maxRetryDelayMs", builder -> builder.retryDelayMs(2, 1));
        assertRefused("retryJitterPercent", builder -> builder.retryJitterPercent(101));
        assertRefused("maxInFlight", builder -> builder.maxInFlight(0));
        assertRefused("maxUnsettled", builder -> builder.maxUnsettled(QueueConfig.MAX_UNSETTLED + 1));
        assertRefused(
                "deadLetterExpired", builder -> builder.deadLetterTopic(null).deadLetterExpired(true));
        assertThat(QueueConfig.builder()
                        .maxDeliveries(QueueConfig.UNLIMITED)
                        .build()
                        .isExhausted(1_000_000))
                .isFalse();
    }

    @Test
    void keysAreReadAsTheyAreWritten() {
        QueueKey key = new QueueKey("a/b c", "orders", 3);
        assertThat(QueueKey.parse(key.toString())).isEqualTo(key);
        for (String text :
                new String[] {"", "/", "g/t", "g/t/-1", "g/t/x", "g/t/01", "/t/0", "g//0", "g/t/99999999999"}) {
            assertThatThrownBy(() -> QueueKey.parse(text))
                    .isInstanceOfSatisfying(
                            PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT_STORE));
        }
    }

    private static void assertRefused(String key, UnaryOperator<QueueConfig.Builder> change) {
        assertThatThrownBy(() -> change.apply(QueueConfig.builder()).build())
                .isInstanceOfSatisfying(PortaskException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
                    assertThat(e).hasMessageStartingWith(key);
                });
    }
}
