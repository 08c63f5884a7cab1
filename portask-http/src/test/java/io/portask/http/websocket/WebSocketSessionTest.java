package io.portask.http.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class WebSocketSessionTest {
    private final PortaskException going = new PortaskException(ErrorCode.SHUTTING_DOWN, "The server is shutting down");

    private final EchoPeer peer = new EchoPeer();

    private ErrorCode closedWith() {
        return peer.connection.closeReason == null ? null : peer.connection.closeReason.code();
    }

    @Test
    void aSilentPeerIsAskedOnceAndThenClosed() {
        peer.session.onIdle(1);
        assertThat(peer.sent()).containsExactly("ping ");
        peer.session.onIdle(2);
        assertThat(peer.sent()).containsExactly("close 1001");
        assertThat(closedWith()).isEqualTo(ErrorCode.IDLE_TIMEOUT);
        assertThat(peer.events).containsExactly("closed IDLE_TIMEOUT");
    }

    @Test
    void aCloseOfOursWaitsForThePeersAndDropsWhatComesBefore() {
        peer.session.close(CloseCode.GOING_AWAY, going);
        peer.session.close(CloseCode.NORMAL, going);
        peer.receive(ClientFrames.text("late"));
        assertThat(peer.sent()).containsExactly("close 1001");
        assertThat(closedWith()).isNull();
        peer.receive(ClientFrames.close(CloseCode.GOING_AWAY, ""));
        assertThat(closedWith()).isEqualTo(ErrorCode.SHUTTING_DOWN);
        assertThat(peer.sent()).isEmpty();
        assertThat(peer.connection.timers()).isZero();
    }

    @Test
    void aCloseOfOursThatIsNotAnsweredEndsAfterTheTimeout() {
        peer.session.close(CloseCode.GOING_AWAY, going);
        peer.connection.advance(EchoPeer.CONFIG.closeTimeoutMs() - 1);
        assertThat(closedWith()).isNull();
        peer.connection.advance(1);
        assertThat(closedWith()).isEqualTo(ErrorCode.SHUTTING_DOWN);
    }

    @Test
    void nothingIsSentBehindAClose() {
        peer.session.close(CloseCode.GOING_AWAY, going);
        assertThat(peer.sent()).hasSize(1);
        peer.session.sendText(ByteBuffer.wrap(ClientFrames.utf8("late")));
        peer.receive(ClientFrames.frame(0x80 | Opcode.PING, new byte[0]));
        assertThat(peer.sent()).isEmpty();
        assertThat(peer.session.isWritable()).isFalse();
    }

    @Test
    void aLongReasonIsCutBetweenCharacters() {
        peer.session.close(CloseCode.GOING_AWAY, new PortaskException(ErrorCode.SHUTTING_DOWN, "€".repeat(60)));
        ByteBuffer close = peer.connection.takeWritten();
        assertThat(close.get(1)).isEqualTo((byte) (2 + 41 * 3));
        assertThat(close.remaining()).isEqualTo(2 + 2 + 41 * 3);
    }

    @Test
    void aPausedListenerGetsNothingUntilItResumes() {
        peer.silent();
        peer.receive(ClientFrames.text("1"));
        peer.session.pauseReading();
        peer.receive(ClientFrames.concat(ClientFrames.text("2"), ClientFrames.text("3")));
        assertThat(peer.events).containsExactly("text");
        assertThat(peer.connection.paused).isTrue();
        peer.session.resumeReading();
        peer.connection.runTasks();
        assertThat(peer.events).containsExactly("text", "text", "text");
    }

    @Test
    void aPeerThatDoesNotTakeItsAnswersIsNotReadFrom() {
        peer.connection.highWatermark = 100;
        for (int i = 0; i < 50; i++) {
            peer.receive(ClientFrames.frame(0x80 | Opcode.PING, new byte[20]));
        }
        assertThat(peer.sent()).hasSize(5);
        peer.connection.becomeWritable();
        assertThat(peer.sent()).hasSize(5);
        assertThat(peer.events).contains("writable");
    }

    @Test
    void theListenerIsToldOfAShutdownAndOnceOfTheEnd() {
        peer.session.onShutdown();
        peer.receive(ClientFrames.close(CloseCode.NORMAL, "done"));
        assertThat(peer.events).containsExactly("shutdown", "closed CLOSED");
        assertThat(peer.connection.closeReason).hasMessageContaining("1000: done");
    }

    @Test
    void aLostConnectionIsToldToTheListener() {
        peer.connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
        assertThat(peer.events).containsExactly("closed CONNECTION_LOST");
    }
}
