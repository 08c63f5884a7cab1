package io.portask.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Header;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageTimesTest {
    private static final long TIMESTAMP = 10_000;

    private static Header header(String name, String value) {
        return new Header(name, value.getBytes(StandardCharsets.UTF_8));
    }

    private static MessageTimes times(Header... headers) {
        return MessageTimes.of(List.of(headers), TIMESTAMP);
    }

    @Test
    void withoutHeadersAMessageIsDueAtOnceAndForEver() {
        assertThat(times(header("other", "x"))).isSameAs(MessageTimes.NONE);
    }

    @Test
    void delayAndTtlCountFromTheTimestamp() {
        assertThat(times(header(MessageTimes.DELAY, "500"), header(MessageTimes.TTL, "9000")))
                .isEqualTo(new MessageTimes(10_500, 19_000, null));
    }

    @Test
    void aTimeIsANumberOrAnInstant() {
        assertThat(times(header(MessageTimes.DELIVER_AT, "123456")).dueMs()).isEqualTo(123_456);
        assertThat(times(header(MessageTimes.DELIVER_AT, "1970-01-01T00:02:00Z"))
                        .dueMs())
                .isEqualTo(120_000);
    }

    @Test
    void theLaterOfTwoTimesCounts() {
        assertThat(times(header(MessageTimes.DELIVER_AT, "10100"), header(MessageTimes.DELAY, "500"))
                        .dueMs())
                .isEqualTo(10_500);
    }

    @Test
    void hugeTimesAreCut() {
        assertThat(MessageTimes.of(List.of(header(MessageTimes.TTL, "999999999999999999")), Long.MAX_VALUE)
                        .expiresAtMs())
                .isEqualTo(QueuePartition.NEVER - 1);
    }

    @ParameterizedTest
    @CsvSource({
        "portask-delay, -1",
        "portask-delay, 1s",
        "portask-delay, ''",
        "portask-delay, 1234567890123456789",
        "portask-ttl, 0",
        "portask-ttl, ٣",
        "portask-deliver-at, tomorrow",
        "portask-deliver-at, 2026-13-01T00:00:00Z",
        "portask-deliver-at, Today",
        "portask-deliver-at, -999999999-01-01T00:00:00Z",
    })
    void whatCannotBeReadIsADefectAndTheMessageIsDueAtOnce(String name, String value) {
        MessageTimes times = times(header(MessageTimes.TTL, "5"), header(name, value));
        assertThat(times.dueMs()).isZero();
        assertThat(times.expiresAtMs()).isEqualTo(QueuePartition.NEVER);
        assertThat(times.defect()).startsWith("Header " + name + " is not a ").endsWith(": " + value);
    }

    @Test
    void aDefectShowsNoControlCharactersAndNoNovels() {
        assertThat(times(header(MessageTimes.DELAY, "\n\u001b" + "x".repeat(1_000)))
                        .defect())
                .contains(": ??xxx")
                .hasSizeLessThan(120);
        assertThat(times(new Header(MessageTimes.TTL, null)).defect()).isNotNull();
    }
}
