package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.net.ConnectionInfo;
import io.portask.net.ProtocolHandler;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NioServerTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final BlockingQueue<TestSession> sessions = new LinkedBlockingQueue<>();
    private final List<AutoCloseable> closeables = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : closeables) {
            closeable.close();
        }
    }

    private NioServer server(NioServerConfig.Builder config, ProtocolHandler... protocols) {
        NioServer server = new NioServer(config.build(), Arrays.asList(protocols), registry);
        closeables.add(server);
        server.start();
        return server;
    }

    private static NioServerConfig.Builder config() {
        return NioServerConfig.builder()
                .eventLoops(2)
                .connection(ConnectionConfig.builder().closeTimeoutMs(500).build());
    }

    private Peer peer(NioServer server) throws Exception {
        Peer peer = new Peer(server.address());
        closeables.add(0, peer);
        return peer;
    }

    private TestProtocol scripted(char firstByte, BiFunction<Connection, ByteBuffer, Integer> onBytes) {
        return new TestProtocol("scripted", firstByte, connection -> {
            TestSession session = new TestSession(connection, onBytes);
            sessions.add(session);
            return session;
        });
    }

    private TestSession session() throws InterruptedException {
        TestSession session = sessions.poll(20, TimeUnit.SECONDS);
        assertThat(session).isNotNull();
        return session;
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static int swallow(ByteBuffer bytes) {
        bytes.position(bytes.limit());
        return 0;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 4_096, 65_531, 65_536, 262_144, 1_000_000, 8 << 20})
    void framesOfAnySizeComeBack(int size) throws Exception {
        NioServer server = server(config(), EchoSession.protocol());
        byte[] frame = Peer.frame(random(size));
        Peer peer = peer(server);
        assertThat(peer.echo(frame)).isEqualTo(frame);
        assertThat(peer.echo(frame)).isEqualTo(frame);
    }

    @Test
    void aFrameInPiecesOfOneByteComesBack() throws Exception {
        Peer peer = peer(server(config(), EchoSession.protocol()));
        byte[] frame = Peer.frame(random(500));
        for (byte each : frame) {
            peer.send(new byte[] {each});
        }
        assertThat(peer.receive(frame.length)).isEqualTo(frame);
    }

    @Test
    void connectionsOnSeveralLoopsDoNotMixTheirBytes() throws Exception {
        NioServer server = server(config(), EchoSession.protocol());
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            int seed = i;
            all.add(CompletableFuture.runAsync(
                    () -> {
                        try (Peer peer = new Peer(server.address())) {
                            Random random = new Random(seed);
                            for (int round = 0; round < 50; round++) {
                                byte[] payload = new byte[random.nextInt(20_000)];
                                random.nextBytes(payload);
                                byte[] frame = Peer.frame(payload);
                                assertThat(peer.echo(frame)).isEqualTo(frame);
                            }
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    task -> new Thread(task).start()));
        }
        for (CompletableFuture<Void> each : all) {
            each.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void onePortSpeaksTwoProtocols() throws Exception {
        NioServer server = server(config(), EchoSession.protocol(), scripted('S', (connection, bytes) -> {
            connection.write(ByteBuffer.wrap("scripted".getBytes(StandardCharsets.US_ASCII)));
            return swallow(bytes);
        }));
        Peer first = peer(server);
        Peer second = peer(server);
        second.send("S".getBytes(StandardCharsets.US_ASCII));
        assertThat(second.receive(8)).asString().isEqualTo("scripted");
        byte[] frame = Peer.frame(random(10));
        assertThat(first.echo(frame)).isEqualTo(frame);
        List<ConnectionInfo> infos = server.connections().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertThat(infos).extracting(ConnectionInfo::protocol).containsExactlyInAnyOrder("echo", "scripted");
        assertThat(infos)
                .filteredOn(info -> info.protocol().equals("echo"))
                .singleElement()
                .satisfies(info -> {
                    assertThat(info.remoteAddress()).isEqualTo(first.socket.getLocalSocketAddress());
                    assertThat(info.bytesIn()).isEqualTo(frame.length);
                    assertThat(info.bytesOut()).isEqualTo(frame.length);
                    assertThat(info.readingPaused()).isFalse();
                });
        assertThat(registry.get("portask.connections")
                        .tag("protocol", "echo")
                        .gauge()
                        .value())
                .isEqualTo(1);
    }

    @Test
    void aConnectionIsClosedByItsId() throws Exception {
        NioServer server = server(config(), EchoSession.protocol());
        Peer peer = peer(server);
        byte[] frame = Peer.frame(random(10));
        assertThat(peer.echo(frame)).isEqualTo(frame);
        long id = server.connections()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS)
                .get(0)
                .id();
        PortaskException reason = new PortaskException(ErrorCode.CLOSED, "An operator closed it");
        assertThat(server.closeConnection(id + 1, reason).toCompletableFuture().get(20, TimeUnit.SECONDS))
                .isFalse();
        assertThat(server.closeConnection(id, reason).toCompletableFuture().get(20, TimeUnit.SECONDS))
                .isTrue();
        assertThat(peer.endsOrderly()).isTrue();
    }

    @Test
    void anUnknownProtocolIsClosedAndCounted() throws Exception {
        Peer peer = peer(server(config(), EchoSession.protocol()));
        peer.send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(peer.endsOrderly()).isTrue();
        peer.close();
        closeServers();
        assertThat(closed(ErrorCode.UNKNOWN_PROTOCOL)).isEqualTo(1);
    }

    private void closeServers() throws Exception {
        close();
        closeables.clear();
    }

    private double closed(ErrorCode reason) {
        return registry.get("portask.connections.closed")
                .tag("reason", reason.name())
                .counter()
                .count();
    }

    @Test
    void aPeerThatSaysNothingIsClosed() throws Exception {
        Peer peer = peer(server(config().recognitionTimeoutMs(10), EchoSession.protocol()));
        assertThat(peer.endsOrderly()).isTrue();
        closeServers();
        assertThat(closed(ErrorCode.IDLE_TIMEOUT)).isEqualTo(1);
    }

    @Test
    void whatASessionThrowsClosesItAndNoOther() throws Exception {
        NioServer server = server(
                config(),
                EchoSession.protocol(),
                scripted('S', (connection, bytes) -> {
                    throw new IllegalStateException("on purpose");
                }),
                scripted('P', (connection, bytes) -> {
                    connection.write(ByteBuffer.wrap(new byte[] {1}));
                    throw new PortaskException(ErrorCode.BAD_MAGIC, "on purpose");
                }));
        Peer healthy = peer(server);
        byte[] frame = Peer.frame(random(100));
        assertThat(healthy.echo(frame)).isEqualTo(frame);

        Peer broken = peer(server);
        broken.send(new byte[] {'S'});
        assertThat(broken.endsOrderly()).isTrue();
        assertThat(session().closeCode()).isEqualTo(ErrorCode.INTERNAL_ERROR);

        Peer refused = peer(server);
        refused.send(new byte[] {'P'});
        assertThat(refused.in.read()).as("what was written before the error").isEqualTo(1);
        assertThat(refused.endsOrderly()).isTrue();
        assertThat(session().closeCode()).isEqualTo(ErrorCode.BAD_MAGIC);

        assertThat(healthy.echo(frame)).isEqualTo(frame);
    }

    @Test
    void whatATaskThrowsClosesItsConnection() throws Exception {
        NioServer server = server(config(), scripted('S', (connection, bytes) -> {
            connection.execute(() -> {
                throw new PortaskException(ErrorCode.OVERLOADED, "on purpose");
            });
            return swallow(bytes);
        }));
        Peer peer = peer(server);
        peer.send(new byte[] {'S'});
        assertThat(peer.endsOrderly()).isTrue();
        assertThat(session().closeCode()).isEqualTo(ErrorCode.OVERLOADED);
    }

    @Test
    void theLastWordsReachAPeerThatIsStillSending() throws Exception {
        NioServer server = server(config(), scripted('S', (connection, bytes) -> {
            connection.write(ByteBuffer.wrap("goodbye".getBytes(StandardCharsets.US_ASCII)));
            connection.close(new PortaskException(ErrorCode.INVALID_REQUEST, "test"));
            return swallow(bytes);
        }));
        Peer peer = peer(server);
        byte[] much = new byte[3 << 20];
        Arrays.fill(much, (byte) 'S');
        peer.send(much);
        assertThat(peer.receive(7)).asString().isEqualTo("goodbye");
        assertThat(peer.endsOrderly()).isTrue();
    }

    @Test
    void aFrameBeyondTheBoundCloses() throws Exception {
        NioServer server = server(
                config().connection(ConnectionConfig.builder()
                        .maxFrameBytes(1_000)
                        .closeTimeoutMs(500)
                        .build()),
                EchoSession.protocol());
        Peer peer = peer(server);
        byte[] fits = Peer.frame(random(995));
        assertThat(peer.echo(fits)).isEqualTo(fits);
        peer.send(Arrays.copyOf(Peer.frame(random(996)), 100));
        assertThat(peer.endsOrderly()).isTrue();
        peer.close();
        closeServers();
        assertThat(closed(ErrorCode.FRAME_TOO_LARGE)).isEqualTo(1);
    }

    @Test
    void theMaximumCanChangeWhileTheServerRuns() throws Exception {
        NioServer server = server(config().maxConnections(1), scripted('S', (connection, bytes) -> {
            connection.write(bytes);
            return 0;
        }));
        assertThat(peer(server).echo(new byte[] {'S'})).hasSize(1);
        server.limitConnections(2);
        assertThat(peer(server).echo(new byte[] {'S'})).hasSize(1);
        server.limitConnections(1);
        assertThat(peer(server).in.read()).isEqualTo(-1);
        assertThatThrownBy(() -> server.limitConnections(0)).hasMessageContaining("maxConnections is 0");
    }

    @Test
    void connectionsBeyondTheMaximumAreClosedAndCountedAndRoomIsUsedAgain() throws Exception {
        NioServer server = server(config().maxConnections(2), scripted('S', (connection, bytes) -> {
            connection.write(bytes);
            return 0;
        }));
        Peer first = peer(server);
        Peer second = peer(server);
        assertThat(first.echo(new byte[] {'S'})).hasSize(1);
        assertThat(second.echo(new byte[] {'S'})).hasSize(1);
        Peer third = peer(server);
        assertThat(third.in.read()).isEqualTo(-1);
        assertThat(closed(ErrorCode.TOO_MANY_CONNECTIONS)).isEqualTo(1);
        TestSession gone = session();
        first.close();
        second.close();
        gone.closed.get(20, TimeUnit.SECONDS);
        session().closed.get(20, TimeUnit.SECONDS);
        boolean admitted = false;
        for (int attempt = 0; attempt < 1_000 && !admitted; attempt++) {
            try (Peer again = new Peer(server.address())) {
                again.send(new byte[] {'S'});
                admitted = again.receives('S');
            }
        }
        assertThat(admitted).isTrue();
    }

    @Test
    void aPortInUseIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            NioServer server = new NioServer(
                    config().port(taken.getLocalPort()).build(), List.of(EchoSession.protocol()), registry);
            closeables.add(server);
            assertThatThrownBy(server::start).isInstanceOfSatisfying(PortaskException.class, e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.ADDRESS_UNAVAILABLE);
                assertThat(e).hasMessageContaining("Port " + taken.getLocalPort() + " on 127.0.0.1");
            });
            taken.close();
            server.start();
            assertThat(server.address().getPort()).isEqualTo(taken.getLocalPort());
        }
    }

    @Test
    void anUnknownHostIsNamed() {
        assertThatThrownBy(() -> server(config().host("no such host"), EchoSession.protocol()))
                .isInstanceOfSatisfying(
                        PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ADDRESS_UNAVAILABLE));
    }

    @Test
    void aResetAndAnOrderlyEndBothTellTheSessionOnce() throws Exception {
        NioServer server = server(config(), scripted('S', (connection, bytes) -> swallow(bytes)));
        Peer orderly = peer(server);
        orderly.send(new byte[] {'S'});
        TestSession first = session();
        orderly.close();
        assertThat(first.closeCode()).isEqualTo(ErrorCode.CONNECTION_LOST);
        Peer reset = peer(server);
        reset.send(new byte[] {'S'});
        TestSession second = session();
        reset.socket.setSoLinger(true, 0);
        reset.close();
        assertThat(second.closeCode()).isEqualTo(ErrorCode.CONNECTION_LOST);
        closeServers();
        assertThat(first.closedCalls).hasValue(1);
        assertThat(second.closedCalls).hasValue(1);
    }

    @Test
    void aPeerThatOnlyEndedItsOutputGetsTheAnswers() throws Exception {
        Peer peer = peer(server(config(), EchoSession.protocol()));
        byte[] frame = Peer.frame(random(50_000));
        peer.send(frame);
        peer.socket.shutdownOutput();
        assertThat(peer.receive(frame.length)).isEqualTo(frame);
        assertThat(peer.endsOrderly()).isTrue();
    }

    @Test
    void tasksOfOneThreadRunInTheOrderOfTheirCalls() throws Exception {
        NioServer server = server(config(), scripted('S', (connection, bytes) -> swallow(bytes)));
        peer(server).send(new byte[] {'S'});
        Connection connection = session().connection;
        int threads = 8;
        int perThread = 2_000;
        int[] last = new int[threads];
        AtomicInteger wrong = new AtomicInteger();
        CompletableFuture<Void> done = new CompletableFuture<>();
        AtomicInteger left = new AtomicInteger(threads * perThread);
        for (int t = 0; t < threads; t++) {
            int thread = t;
            new Thread(() -> {
                        for (int i = 1; i <= perThread; i++) {
                            int number = i;
                            connection.execute(() -> {
                                if (++last[thread] != number) {
                                    wrong.incrementAndGet();
                                }
                                if (left.decrementAndGet() == 0) {
                                    done.complete(null);
                                }
                            });
                        }
                    })
                    .start();
        }
        done.get(20, TimeUnit.SECONDS);
        assertThat(wrong).hasValue(0);
    }

    @Test
    void aLowLatencyServerAnswersToo() throws Exception {
        NioServer server = server(
                config().loops(LoopConfig.builder().eventLoops(1).lowLatency().build()), EchoSession.protocol());
        byte[] frame = Peer.frame(random(100_000));
        assertThat(peer(server).echo(frame)).isEqualTo(frame);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anInterruptDoesNotStopALoop(boolean lowLatency) throws Exception {
        LoopConfig.Builder loops = LoopConfig.builder().eventLoops(1);
        LoopConfig one = lowLatency ? loops.lowLatency().build() : loops.build();
        NioServer server = server(config().loops(one), scripted('S', (connection, bytes) -> {
            Thread.currentThread().interrupt();
            connection.write(bytes);
            return 0;
        }));
        Peer peer = peer(server);
        for (int i = 0; i < 10; i++) {
            assertThat(peer.echo(new byte[] {'S'})).hasSize(1);
        }
    }

    @Test
    void bytesInAndOutAreCounted() throws Exception {
        Peer peer = peer(server(config(), EchoSession.protocol()));
        byte[] frame = Peer.frame(random(1_000));
        peer.echo(frame);
        peer.close();
        closeServers();
        assertThat(registry.get("portask.network.bytes.in").counter().count()).isEqualTo(frame.length);
        assertThat(registry.get("portask.network.bytes.out").counter().count()).isEqualTo(frame.length);
        assertThat(registry.get("portask.connections.opened").counter().count()).isEqualTo(1);
        assertThat(registry.get("portask.connections.closed").counter().count()).isEqualTo(1);
        assertThat(registry.find("portask.connections").gauge()).isNull();
    }
}
