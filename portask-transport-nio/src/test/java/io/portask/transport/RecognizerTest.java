package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.net.ProtocolHandler;
import io.portask.net.ProtocolSession;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecognizerTest {
    private final TestProtocol first = new TestProtocol("first", 'A', TestSession::swallowing);
    private final Patient patient = new Patient();
    private final Recognizer recognizer = new Recognizer(List.of(patient, first));

    @Test
    void theFirstProtocolThatSaysYesHasIt() {
        assertThat(recognizer.recognize(ByteBuffer.wrap(new byte[] {'A'}))).isSameAs(first);
    }

    @Test
    void anUndecidedProtocolGetsMoreBytesAndTheyAreLeftAsTheyWere() {
        ByteBuffer bytes =
                ByteBuffer.wrap(new byte[] {0, 'P', 0, 0}).position(1).limit(3);
        assertThat(recognizer.recognize(bytes)).isNull();
        assertThat(bytes.position()).isEqualTo(1);
        assertThat(bytes.limit()).isEqualTo(3);
    }

    @Test
    void whatCannotBeToldFromManyBytesIsUnknown() {
        byte[] many = new byte[4096];
        many[0] = 'P';
        assertThatThrownBy(() -> recognizer.recognize(ByteBuffer.wrap(many)))
                .isInstanceOfSatisfying(PortaskException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_PROTOCOL);
                    assertThat(e).hasMessageContaining("patient, first");
                });
    }

    @Test
    void whatNobodyKnowsIsUnknown() {
        assertThatThrownBy(() -> recognizer.recognize(ByteBuffer.wrap(new byte[] {'X'})))
                .isInstanceOf(PortaskException.class);
    }

    /** Never knows enough, and moves the buffer's position, which it must not. */
    private static final class Patient implements ProtocolHandler {
        @Override
        public String name() {
            return "patient";
        }

        @Override
        public Recognition recognize(ByteBuffer firstBytes) {
            return firstBytes.get() == 'P' ? Recognition.UNDECIDED : Recognition.NOT_MINE;
        }

        @Override
        public ProtocolSession open(Connection connection) {
            throw new UnsupportedOperationException();
        }
    }
}
