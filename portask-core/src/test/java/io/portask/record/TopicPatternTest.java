package io.portask.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicPatternTest {
    @ParameterizedTest
    @CsvSource({
        "orders, orders, true",
        "orders, orders.eu, false",
        "orders, order, false",
        "orders, orderss, false",
        "orders.*, orders.eu, true",
        "orders.*, orders, false",
        "orders.*, orders.eu.west, false",
        "*.eu, orders.eu, true",
        "*.eu, orders.us, false",
        "*, orders, true",
        "*, orders.eu, false",
        "a.*.c, a.b.c, true",
        "a.*.c, a.b.d, false",
        "a.*.c, a.c, false",
        "logs.>, logs.web, true",
        "logs.>, logs.web.access, true",
        "logs.>, logs, false",
        "logs.>, logsx.web, false",
        ">, anything.at.all, true",
        "*.>, a.b, true",
        "*.>, a, false",
        "a..b, a..b, true",
        "a.*.b, a..b, true"
    })
    void tokensAreMatchedOneByOne(String pattern, String topic, boolean matches) {
        assertThat(new TopicPattern(pattern).matches(topic)).isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "logs.>.x", ">.x", "ord*", "*s", "a>", "or ders", "ä"})
    void whatCanMatchNoTopicIsRefused(String pattern) {
        PortaskException error = catchThrowableOfType(PortaskException.class, () -> new TopicPattern(pattern));
        assertThat(error).isNotNull();
        assertThat(error.code()).isEqualTo(ErrorCode.INVALID_TOPIC_NAME);
    }

    @Test
    void patternsAreAsLongAsNamesMayBe() {
        assertThat(new TopicPattern("x".repeat(TopicNames.MAX_LENGTH)).isLiteral())
                .isTrue();
        assertThat(catchThrowableOfType(
                        PortaskException.class, () -> new TopicPattern("x.".repeat(TopicNames.MAX_LENGTH) + ">")))
                .isNotNull();
    }
}
