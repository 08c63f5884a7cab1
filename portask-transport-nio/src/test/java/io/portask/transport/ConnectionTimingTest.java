package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What connections do as time passes, on a loop whose clock the test sets. */
class ConnectionTimingTest {
    private static final int IDLE_MS = 1_000;
    private static final int CLOSE_MS = 2_000;

    private HandDrivenLoop hand;

    @BeforeEach
    void open() throws IOException {
        hand = new HandDrivenLoop(
                ConnectionConfig.builder()
                        .idleTimeoutMs(IDLE_MS)
                        .closeTimeoutMs(CLOSE_MS)
                        .build(),
                TestSession::swallowing);
        hand.accept(hand.listener::accept, 100);
    }

    @AfterEach
    void close() throws IOException {
        hand.close();
    }

    @Test
    void everySilentPeriodIsToldAndAByteBeginsAnew() throws IOException {
        try (Peer peer = hand.openPeer()) {
            TestSession session = hand.sessions.get(0);
            hand.advance(IDLE_MS - 1);
            assertThat(session.silentPeriods).isEmpty();
            hand.advance(1);
            assertThat(session.silentPeriods).containsExactly(1);
            hand.advance(IDLE_MS);
            assertThat(session.silentPeriods).containsExactly(1, 2);
            hand.advance(IDLE_MS / 2);
            peer.send(new byte[100]);
            hand.turnUntil(() -> bytesIn() == 101);
            hand.advance(IDLE_MS - 1);
            assertThat(session.silentPeriods).containsExactly(1, 2);
            hand.advance(1);
            assertThat(session.silentPeriods).containsExactly(1, 2, 1);
        }
    }

    private double bytesIn() {
        return hand.count("portask.network.bytes.in");
    }

    @Test
    void connectionAfterALongSleepGetsItsWholeTimeToBeRecognized() throws IOException {
        hand.loop.doWork();
        hand.nowMs += 60_000;
        try (Peer peer = hand.openPeer()) {
            assertThat(peer.socket.isConnected()).isTrue();
            assertThat(hand.sessions).hasSize(1);
        }
    }

    @Test
    void bytesDoNotTouchTheTimerWheel() throws IOException {
        try (Peer peer = hand.openPeer()) {
            long timers = hand.loop.timers().count();
            for (int i = 0; i < 100; i++) {
                peer.send(new byte[1]);
                int expected = i + 2;
                hand.turnUntil(() -> bytesIn() == expected);
                hand.nowMs++;
            }
            assertThat(hand.loop.timers().count()).isEqualTo(timers);
            assertThat(hand.loop.timers().msUntilNext()).isLessThanOrEqualTo(IDLE_MS - 99);
        }
    }

    @Test
    void silenceWhileTheSessionPausedIsNotThePeers() throws IOException {
        try (Peer peer = hand.openPeer()) {
            TestSession session = hand.sessions.get(0);
            session.connection.pauseReading();
            hand.advance(10 * IDLE_MS);
            session.connection.resumeReading();
            hand.advance(IDLE_MS - 1);
            assertThat(session.silentPeriods).isEmpty();
            hand.advance(1);
            assertThat(session.silentPeriods).containsExactly(1);
            assertThat(peer.socket.isConnected()).isTrue();
        }
    }

    @Test
    void nothingArrivesWhilePausedAndAllAfterwards() throws IOException {
        try (Peer peer = hand.openPeer()) {
            TestSession session = hand.sessions.get(0);
            session.connection.pauseReading();
            hand.advance(0);
            peer.send(new byte[1_000]);
            for (int i = 0; i < 100; i++) {
                hand.loop.doWork();
            }
            assertThat(bytesIn()).isEqualTo(1);
            session.connection.resumeReading();
            hand.turnUntil(() -> bytesIn() == 1_001);
        }
    }

    @Test
    void scheduledTasksRunInTimeUnlessCancelled() throws IOException {
        try (Peer peer = hand.openPeer()) {
            Connection connection = hand.sessions.get(0).connection;
            List<String> ran = new ArrayList<>();
            connection.schedule(30, () -> ran.add("late"));
            Connection.Timer cancelled = connection.schedule(20, () -> ran.add("cancelled"));
            Connection.Timer done = connection.schedule(10, () -> ran.add("early"));
            hand.advance(9);
            assertThat(ran).isEmpty();
            hand.advance(6);
            assertThat(ran).containsExactly("early");
            done.cancel();
            cancelled.cancel();
            cancelled.cancel();
            hand.advance(100);
            assertThat(ran).containsExactly("early", "late");
            assertThat(peer.socket.isConnected()).isTrue();
        }
    }

    @Test
    void aClosedConnectionKeepsNoTimerAndRunsNothing() throws IOException {
        Peer peer = hand.openPeer();
        TestSession session = hand.sessions.get(0);
        List<String> ran = new ArrayList<>();
        session.connection.schedule(10, () -> ran.add("a"));
        session.connection.schedule(20, () -> ran.add("b"));
        peer.close();
        hand.turnUntil(session.closed::isDone);
        assertThat(hand.loop.timers().count()).isZero();
        session.connection.execute(() -> ran.add("c"));
        session.connection.schedule(0, () -> ran.add("d")).cancel();
        session.connection.write(ByteBuffer.allocate(10));
        session.connection.close(new PortaskException(ErrorCode.CLOSED, "again"));
        hand.advance(100);
        assertThat(ran).isEmpty();
        assertThat(session.closedCalls).hasValue(1);
        assertThat(session.connection.isWritable()).isFalse();
    }

    @Test
    void aTaskThatThrowsInItsTimeClosesTheConnection() throws Exception {
        try (Peer peer = hand.openPeer()) {
            TestSession session = hand.sessions.get(0);
            session.connection.schedule(10, () -> {
                throw new IllegalStateException("on purpose");
            });
            hand.advance(10);
            assertThat(session.closeCode()).isEqualTo(ErrorCode.INTERNAL_ERROR);
            assertThat(peer.endsOrderly()).isTrue();
        }
    }

    @Test
    void aPeerThatNeverEndsIsLeftAfterTheLingerTime() throws IOException {
        try (Peer peer = hand.openPeer()) {
            hand.sessions.get(0).connection.close(new PortaskException(ErrorCode.CLOSED, "test"));
            hand.advance(0);
            assertThat(peer.endsOrderly()).isTrue();
            assertThat(hand.count("portask.connections.closed")).isZero();
            hand.advance(CLOSE_MS);
            assertThat(hand.count("portask.connections.closed", "reason", "CLOSED"))
                    .isEqualTo(1);
            assertThat(hand.loop.timers().count()).isZero();
        }
    }

    @Test
    void aPeerThatStartsNoProtocolInTimeIsClosed() throws IOException {
        try (Peer peer = new Peer((InetSocketAddress) hand.listener.getLocalAddress())) {
            hand.turnUntil(() -> hand.count("portask.connections.opened") == 1);
            hand.advance(4_999);
            assertThat(hand.count("portask.connections.closed")).isZero();
            hand.advance(1);
            assertThat(peer.endsOrderly()).isTrue();
            peer.close();
            hand.turnUntil(() -> hand.count("portask.connections.closed", "reason", "IDLE_TIMEOUT") == 1);
        }
    }

    @Test
    void anErrorWhileAcceptingDoesNotEndTheListening() throws IOException {
        int[] calls = {0};
        try (HandDrivenLoop other = new HandDrivenLoop(ConnectionConfig.defaults(), TestSession::swallowing)) {
            other.accept(
                    () -> {
                        if (++calls[0] == 1) {
                            throw new OutOfMemoryError("not really");
                        }
                        return other.listener.accept();
                    },
                    100);
            try (Peer peer = new Peer((InetSocketAddress) other.listener.getLocalAddress())) {
                other.turnUntil(() -> calls[0] == 1);
                other.advance(100);
                other.turnUntil(() -> other.count("portask.connections.opened") == 1);
                assertThat(peer.socket.isConnected()).isTrue();
            }
        }
    }

    @Test
    void acceptingPausesWhenTheSystemHasNoFilesLeft() throws IOException {
        int[] calls = {0};
        boolean[] exhausted = {true};
        try (HandDrivenLoop other = new HandDrivenLoop(ConnectionConfig.defaults(), TestSession::swallowing)) {
            other.accept(
                    () -> {
                        calls[0]++;
                        if (exhausted[0]) {
                            throw new IOException("Too many open files");
                        }
                        return other.listener.accept();
                    },
                    100);
            try (Peer peer = new Peer((InetSocketAddress) other.listener.getLocalAddress())) {
                other.turnUntil(() -> calls[0] == 1);
                for (int i = 0; i < 100; i++) {
                    other.loop.doWork();
                }
                assertThat(calls[0]).isEqualTo(1);
                assertThat(other.count("portask.accept.failures")).isEqualTo(1);
                other.advance(100);
                other.turnUntil(() -> calls[0] == 2);
                exhausted[0] = false;
                other.advance(100);
                other.turnUntil(() -> other.count("portask.connections.opened") == 1);
                assertThat(other.count("portask.accept.failures")).isEqualTo(2);
                assertThat(peer.socket.isConnected()).isTrue();
            }
        }
    }
}
