package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.HttpLimits;
import io.portask.net.ProtocolHandler.Recognition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpProtocolTest {
    private static Recognition recognize(String latin) {
        ByteBuffer bytes = ByteBuffer.wrap(latin.getBytes(StandardCharsets.ISO_8859_1));
        Recognition recognition = HttpProtocol.builder(HttpConfig.defaults(), new SimpleMeterRegistry())
                .build()
                .recognize(bytes);
        assertThat(bytes.position()).isZero();
        return recognition;
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET ", "POST / HTTP/1.1", "OPTIONS *", "M-SEARCH ", "PRI * HTTP/2.0"})
    void aMethodAndASpaceAreHttp(String first) {
        assertThat(recognize(first)).isEqualTo(Recognition.MINE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"P", "PO", "POR", "POS", "PORT", "POST", "GET", "OPTIONS"})
    void aMethodsStartMayBecomeHttp(String first) {
        assertThat(recognize(first)).isEqualTo(Recognition.UNDECIDED);
    }

    @Test
    void noBytesSayNothing() {
        assertThat(recognize("")).isEqualTo(Recognition.UNDECIDED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"PORT\u0001", "\u0016\u0003\u0001", "SSH-2.0-x\r\n", " GET", "get / ", "*1\r\n", "PING\r\n"})
    void otherProtocolsAreNot(String first) {
        assertThat(recognize(first)).isEqualTo(Recognition.NOT_MINE);
    }

    @Test
    void aWordThatNeverEndsIsNot() {
        assertThat(recognize("A".repeat(33))).isEqualTo(Recognition.NOT_MINE);
    }

    @ParameterizedTest
    @CsvSource({
        "maxHeadBytes,1023",
        "maxFields,7",
        "maxTargetBytes,63",
        "maxBodyBytes,-1",
        "bodyBufferBytes,0",
        "maxPipelined,0",
        "maxHeldBytes,1023",
        "headTimeoutMs,9",
        "bodyTimeoutMs,9",
        "keepAliveMs,9"
    })
    void limitsNameTheKeyTheValueAndWhatIsAllowed(String key, int value) throws Exception {
        HttpLimits.Builder builder = HttpLimits.builder();
        HttpLimits.Builder.class.getMethod(key, int.class).invoke(builder, value);

        assertThatThrownBy(builder::build)
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIGURATION))
                .hasMessageMatching(key + " is " + value + "; allowed is \\d+ to \\d+");
    }

    @Test
    void theConfigurationNamesWhatIsAllowed() {
        assertThatThrownBy(() -> HttpConfig.builder().gzipMinBytes(10).build())
                .hasMessage("gzipMinBytes is 10; allowed is 0 or 256 to 1073741824");
        assertThatThrownBy(() -> HttpConfig.builder()
                        .corsOrigins(List.of("https://a.example/"))
                        .build())
                .hasMessageStartingWith("corsOrigins has \"https://a.example/\"");
    }
}
