package io.portask.http.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HandshakeTest {
    private final Handshake handshake = new Handshake(List.of("portask.v1.json"));
    private final Headers request = new Headers();

    HandshakeTest() {
        request.set("Host", "127.0.0.1:8080");
        request.set("Upgrade", "websocket");
        request.set("Connection", "keep-alive, Upgrade");
        request.set("Sec-WebSocket-Version", "13");
        request.set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    }

    @Test
    void theExampleOfTheSpecificationIsAccepted() {
        Handshake.Answer answer = handshake.answer("GET", request);
        assertThat(answer.status()).isEqualTo(101);
        assertThat(answer.isAccepted()).isTrue();
        assertThat(answer.headers().getFirst("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assertThat(answer.headers().getFirst("Upgrade")).isEqualTo("websocket");
        assertThat(answer.headers()).doesNotContainKey("Sec-websocket-protocol");
    }

    @ParameterizedTest
    @CsvSource({
        "Host, , 400",
        "Upgrade, h2c, 426",
        "Upgrade, , 426",
        "Connection, keep-alive, 426",
        "Connection, xupgrade, 426",
        "Sec-WebSocket-Version, 8, 426",
        "Sec-WebSocket-Version, , 426",
        "Sec-WebSocket-Key, , 400",
        "Sec-WebSocket-Key, dGhlIHNhbXBsZSBub25jZQ, 400",
        "Sec-WebSocket-Key, dGhlIHNhbXBsZSBub25jZQAAAA==, 400",
        "Sec-WebSocket-Key, ?Ghl*HNhbXBsZSBub25jZQ==, 400",
        "Sec-WebSocket-Protocol, 'mqtt, stomp', 400",
        "Upgrade, WebSocket, 101",
        "Connection, UPGRADE, 101",
        "Sec-WebSocket-Protocol, 'mqtt, portask.v1.json', 101"
    })
    void eachHeaderIsChecked(String name, String value, int status) {
        if (value == null) {
            request.remove(name);
        } else {
            request.set(name, value);
        }
        Handshake.Answer answer = handshake.answer("GET", request);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.problem() == null).isEqualTo(status == 101);
    }

    @Test
    void theVersionThatIsSpokenIsNamed() {
        request.set("Sec-WebSocket-Version", "14");
        assertThat(handshake.answer("GET", request).headers().getFirst("Sec-WebSocket-Version"))
                .isEqualTo("13");
    }

    @Test
    void onlyGetOpensAWebSocket() {
        Handshake.Answer answer = handshake.answer("POST", request);
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.headers().getFirst("Allow")).isEqualTo("GET");
    }

    @ParameterizedTest
    @CsvSource({"Sec-WebSocket-Key, dGhlIHNhbXBsZSBub25jZQ==", "Host, b"})
    void aHeaderThatCountsOnceMustNotRepeat(String name, String value) {
        request.add(name, value);
        request.add(name, value);
        assertThat(handshake.answer("GET", request).isAccepted()).isFalse();
    }

    @Test
    void theFirstSubprotocolOfferedThatIsSpokenIsAgreedOn() {
        request.add("Sec-WebSocket-Protocol", "mqtt");
        request.add("Sec-WebSocket-Protocol", "portask.v1.json");
        assertThat(handshake.answer("GET", request).headers().getFirst("Sec-WebSocket-Protocol"))
                .isEqualTo("portask.v1.json");
    }
}
