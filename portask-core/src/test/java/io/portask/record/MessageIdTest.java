package io.portask.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.PortaskException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageIdTest {
    @Test
    void anIdIsReadAsItIsWritten() {
        MessageId id = new MessageId("or-ders.1", 7, Long.MAX_VALUE);
        assertThat(MessageId.parse(id.toString())).isEqualTo(id);
        assertThat(id).hasToString("or-ders.1:7:9223372036854775807");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "::",
                "orders",
                "orders:0",
                ":0:1",
                "orders:0:",
                "orders::1",
                "orders:-1:1",
                "orders:0:-1",
                "orders:0:+42",
                "orders:00:42",
                "orders:0:042",
                "orders:0:٤٢",
                "orders:0:42 ",
                "a:b:0:42",
                "..:0:1",
                "orders:2147483648:1",
                "orders:0:9223372036854775808"
            })
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> MessageId.parse(text)).isInstanceOf(PortaskException.class);
    }
}
