package io.portask.http.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AutobahnTest {
    private static final int LARGE = 100_000;

    static Stream<AutobahnCase> cases() {
        return Stream.concat(AutobahnCases.all().stream(), Utf8Cases.all().stream());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void anEchoServerAnswersAsItShould(AutobahnCase one) {
        byte[] bytes = ClientFrames.concat(one.sent.toArray(byte[][]::new));
        assertThat(answers(List.of(bytes))).as("at once").isEqualTo(one.expected);
        assertThat(answers(one.sent)).as("frame by frame").isEqualTo(one.expected);
        assertThat(answers(pieces(bytes, 997))).as("in pieces of 997 bytes").isEqualTo(one.expected);
        if (bytes.length < LARGE) {
            assertThat(answers(pieces(bytes, 1))).as("byte by byte").isEqualTo(one.expected);
        }
    }

    private static List<String> answers(List<byte[]> pieces) {
        EchoPeer peer = new EchoPeer();
        pieces.forEach(peer::receive);
        List<String> sent = peer.sent();
        boolean closed = !sent.isEmpty() && sent.get(sent.size() - 1).startsWith("close");
        assertThat(peer.connection.closeReason != null)
                .as("the connection is closed behind a Close, and only then")
                .isEqualTo(closed);
        return sent;
    }

    private static List<byte[]> pieces(byte[] bytes, int size) {
        return Stream.iterate(0, at -> at < bytes.length, at -> at + size)
                .map(at -> Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size)))
                .toList();
    }
}
