package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.io.ByteSource;
import io.portask.net.Connection;
import io.portask.net.ConnectionInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class BackpressureTest {
    private static final int HIGH = 200_000;
    private static final int MAX = 4 << 20;
    private static final int BUFFERS = 64 << 10;

    private final BlockingQueue<TestSession> sessions = new LinkedBlockingQueue<>();
    private final AtomicInteger sourcesClosed = new AtomicInteger();

    private NioServer server(int idleTimeoutMs) {
        TestProtocol protocol = new TestProtocol("test", 'T', connection -> {
            TestSession session = TestSession.swallowing(connection);
            sessions.add(session);
            return session;
        });
        NioServer server = new NioServer(
                NioServerConfig.builder()
                        .eventLoops(1)
                        .connection(ConnectionConfig.builder()
                                .highWatermark(HIGH)
                                .lowWatermark(50_000)
                                .maxOutboundBytes(MAX)
                                .sendBufferBytes(BUFFERS)
                                .idleTimeoutMs(idleTimeoutMs)
                                .closeTimeoutMs(200)
                                .build())
                        .build(),
                List.of(protocol),
                new SimpleMeterRegistry());
        server.start();
        return server;
    }

    private TestSession open(Peer peer) throws Exception {
        peer.send(new byte[] {'T'});
        return sessions.poll(20, TimeUnit.SECONDS);
    }

    private static <T> T on(Connection connection, Supplier<T> work) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        connection.execute(() -> result.complete(work.get()));
        return result.get(20, TimeUnit.SECONDS);
    }

    private ByteSource source(int bytes) {
        return ByteSource.of(ByteBuffer.allocateDirect(bytes), sourcesClosed::incrementAndGet);
    }

    @Test
    void aSlowReaderPausesReadingUntilTheQueueIsLow() throws Exception {
        try (NioServer server = server(30_000);
                Peer peer = new Peer(server.address(), BUFFERS)) {
            TestSession session = open(peer);
            Connection connection = session.connection;
            assertThat(on(connection, () -> {
                        for (int i = 0; i < 30; i++) {
                            connection.write(source(100_000));
                        }
                        return connection.isWritable();
                    }))
                    .isFalse();
            ConnectionInfo paused = server.connections()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS)
                    .get(0);
            assertThat(paused.readingPaused()).isTrue();
            assertThat(paused.queuedBytes()).isGreaterThan(HIGH);
            assertThat(paused.queuedBytes() + paused.bytesOut()).isEqualTo(3_000_000);

            assertThat(peer.receive(3_000_000)).hasSize(3_000_000);
            assertThat(on(connection, connection::queuedBytes)).isZero();
            assertThat(on(connection, connection::isWritable)).isTrue();
            assertThat(session.writable).hasValue(1);
            assertThat(sourcesClosed).hasValue(30);
        }
    }

    @Test
    void aQueueBeyondItsBoundClosesAndDropsItsSources() throws Exception {
        try (NioServer server = server(30_000);
                Peer peer = new Peer(server.address(), BUFFERS)) {
            TestSession session = open(peer);
            on(session.connection, () -> {
                for (int i = 0; i < 100; i++) {
                    session.connection.write(source(100_000));
                }
                return 0;
            });
            assertThat(session.closeCode()).isEqualTo(ErrorCode.SLOW_PEER);
        }
        assertThat(sourcesClosed)
                .as("sent, dropped, or refused after the close")
                .hasValue(100);
    }

    @Test
    void aPeerThatTakesNothingForTheIdleTimeoutIsClosed() throws Exception {
        try (NioServer server = server(20);
                Peer peer = new Peer(server.address(), BUFFERS)) {
            TestSession session = open(peer);
            on(session.connection, () -> {
                session.connection.write(source(MAX));
                return 0;
            });
            assertThat(session.closeCode()).isEqualTo(ErrorCode.SLOW_PEER);
            assertThat(sourcesClosed).hasValue(1);
        }
    }

    @Test
    void whatIsQueuedAtTheCloseStillArrives() throws Exception {
        try (NioServer server = server(30_000);
                Peer peer = new Peer(server.address(), BUFFERS)) {
            TestSession session = open(peer);
            on(session.connection, () -> {
                session.connection.write(source(2_000_000));
                session.connection.write(ByteBuffer.wrap(new byte[10]));
                session.onShutdown();
                session.connection.write(source(1_000));
                return 0;
            });
            assertThat(peer.receive(2_000_010)).hasSize(2_000_010);
            assertThat(peer.endsOrderly()).isTrue();
            assertThat(session.closeCode()).isEqualTo(ErrorCode.SHUTTING_DOWN);
            assertThat(sourcesClosed).hasValue(2);
        }
    }

    @Test
    void aPeerThatDoesNotTakeWhatWasQueuedIsCutOffInTime() throws Exception {
        try (NioServer server = server(30_000);
                Peer peer = new Peer(server.address(), BUFFERS)) {
            TestSession session = open(peer);
            on(session.connection, () -> {
                session.connection.write(source(MAX));
                session.onShutdown();
                return 0;
            });
            assertThat(session.closeCode()).isEqualTo(ErrorCode.SHUTTING_DOWN);
            assertThat(sourcesClosed).hasValue(1);
        }
    }

    @Test
    void aSourceWrittenWhileThePeerGoesIsClosedIfItWasTaken() throws Exception {
        AtomicInteger taken = new AtomicInteger();
        try (NioServer server = server(30_000)) {
            TestSession session;
            try (Peer peer = new Peer(server.address(), BUFFERS)) {
                session = open(peer);
                peer.socket.setSoLinger(true, 0);
            }
            session.connection.execute(() -> {
                taken.incrementAndGet();
                session.connection.write(source(100_000));
            });
            session.closed.get(20, TimeUnit.SECONDS);
        }
        assertThat(sourcesClosed).hasValue(taken.get());
    }
}
