package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ShutdownTest {
    private final CompletableFuture<TestSession> opened = new CompletableFuture<>();

    private NioServer server(int shutdownTimeoutMs, Function<Connection, ProtocolSession> opener) {
        NioServer server = new NioServer(
                NioServerConfig.builder()
                        .loops(LoopConfig.builder()
                                .eventLoops(2)
                                .shutdownTimeoutMs(shutdownTimeoutMs)
                                .build())
                        .connection(
                                ConnectionConfig.builder().closeTimeoutMs(100).build())
                        .build(),
                List.of(new TestProtocol("test", 'T', opener)),
                new SimpleMeterRegistry());
        server.start();
        return server;
    }

    private Function<Connection, ProtocolSession> remember(Function<Connection, TestSession> opener) {
        return connection -> {
            TestSession session = opener.apply(connection);
            opened.complete(session);
            return session;
        };
    }

    @Test
    void whatIsInFlightIsFinishedFirst() throws Exception {
        NioServer server = server(20_000, remember(connection -> new FinishingSession(connection)));
        try (Peer peer = new Peer(server.address())) {
            peer.send(new byte[] {'T'});
            TestSession session = opened.get(20, TimeUnit.SECONDS);
            Thread closer = new Thread(server::close);
            closer.start();
            session.shutdown.get(20, TimeUnit.SECONDS);
            assertThat(closer.isAlive()).isTrue();
            session.connection.execute(((FinishingSession) session)::finish);
            assertThat(peer.receive(3)).containsExactly(1, 2, 3);
            assertThat(peer.endsOrderly()).isTrue();
            peer.close();
            closer.join();
            assertThat(session.closeCode()).isEqualTo(ErrorCode.SHUTTING_DOWN);
            assertThatThrownBy(() -> new Peer(server.address())).isInstanceOf(IOException.class);
        }
    }

    private static final class FinishingSession extends TestSession {
        FinishingSession(Connection connection) {
            super(connection, (any, bytes) -> {
                bytes.position(bytes.limit());
                return 0;
            });
        }

        @Override
        public void onShutdown() {
            shutdown.complete(null);
        }

        void finish() {
            connection.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
            connection.close(new PortaskException(ErrorCode.SHUTTING_DOWN, "finished"));
        }
    }

    @Test
    void aSessionThatDoesNotFinishIsCutOff() throws Exception {
        NioServer server = server(10, remember(FinishingSession::new));
        try (Peer peer = new Peer(server.address())) {
            peer.send(new byte[] {'T'});
            TestSession session = opened.get(20, TimeUnit.SECONDS);
            server.close();
            assertThat(session.closeCode()).isEqualTo(ErrorCode.SHUTTING_DOWN);
            assertThat(session.closedCalls).hasValue(1);
            assertThat(peer.in.read()).isEqualTo(-1);
        }
    }

    @Test
    void aConnectionOfNoProtocolYetIsClosed() throws Exception {
        NioServer server = server(20_000, TestSession::swallowing);
        try (Peer peer = new Peer(server.address())) {
            Thread closer = new Thread(server::close);
            closer.start();
            peer.endsOrderly();
            peer.close();
            closer.join();
        }
    }

    @Test
    void closingAgainWaitsForTheFirstAndDoesNothing() throws Exception {
        NioServer server = server(1_000, TestSession::swallowing);
        CountDownLatch done = new CountDownLatch(4);
        for (int i = 0; i < 4; i++) {
            new Thread(() -> {
                        server.close();
                        done.countDown();
                    })
                    .start();
        }
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        server.close();
        assertThat(code(server::start)).isEqualTo(ErrorCode.CLOSED);
        assertThat(code(server::connections)).isEqualTo(ErrorCode.CLOSED);
    }

    @Test
    void aSessionMayCloseItsServer() throws Exception {
        CompletableFuture<NioServer> itself = new CompletableFuture<>();
        NioServer server = server(
                1_000,
                remember(connection -> new TestSession(connection, (any, bytes) -> {
                    bytes.position(bytes.limit());
                    itself.join().close();
                    return 0;
                })));
        itself.complete(server);
        try (Peer peer = new Peer(server.address())) {
            peer.send(new byte[] {'T'});
            assertThat(opened.get(20, TimeUnit.SECONDS).closeCode()).isEqualTo(ErrorCode.SHUTTING_DOWN);
        }
        server.close();
    }

    @Test
    void aServerIsStartedOnce() {
        NioServer server = server(0, TestSession::swallowing);
        assertThat(code(server::start)).isEqualTo(ErrorCode.UNSUPPORTED_OPERATION);
        server.close();
        NioServer never =
                new NioServer(NioServerConfig.defaults(), List.of(EchoSession.protocol()), new SimpleMeterRegistry());
        assertThat(code(never::address)).isEqualTo(ErrorCode.UNSUPPORTED_OPERATION);
        never.close();
        assertThat(code(never::start)).isEqualTo(ErrorCode.CLOSED);
    }

    private static ErrorCode code(Runnable call) {
        try {
            call.run();
        } catch (PortaskException e) {
            return e.code();
        }
        throw new AssertionError("nothing was thrown");
    }

    @Test
    void noThreadAndNoFileIsLeftBehind() throws Exception {
        cycle();
        long files = openFiles();
        for (int i = 0; i < 50; i++) {
            cycle();
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("portask-"));
        Assumptions.assumeTrue(files > 0, "this system does not list open files");
        assertThat(openFiles()).isLessThanOrEqualTo(files);
    }

    private void cycle() throws Exception {
        try (NioServer server = server(1_000, EchoSession::new);
                NioConnector connector = new NioConnector(NioConnectorConfig.defaults(), new SimpleMeterRegistry())) {
            connector.start();
            connector
                    .connect(server.address(), 10_000, TestSession::swallowing)
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
            try (Peer peer = new Peer(server.address())) {
                peer.send(new byte[] {'T'});
            }
            int port = server.address().getPort();
            connector.connect(new InetSocketAddress("127.0.0.1", port), 10_000, TestSession::swallowing);
        }
    }

    private static long openFiles() throws IOException {
        Path list = Path.of("/proc/self/fd");
        if (!Files.isDirectory(list)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(list)) {
            return files.map(ShutdownTest::target)
                    .filter(target -> target.startsWith("socket:") || target.startsWith("anon_inode:"))
                    .count();
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
