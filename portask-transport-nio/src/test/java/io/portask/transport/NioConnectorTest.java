package io.portask.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NioConnectorTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final NioConnector connector = new NioConnector(NioConnectorConfig.defaults(), registry);

    @BeforeEach
    void start() {
        connector.start();
    }

    @AfterEach
    void close() {
        connector.close();
    }

    private static Connection await(CompletionStage<Connection> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static PortaskException failure(CompletionStage<Connection> stage) throws Exception {
        try {
            await(stage);
        } catch (ExecutionException e) {
            return PortaskException.of(e);
        }
        throw new AssertionError("connected");
    }

    @Test
    void bothEndsCanBeOurs() throws Exception {
        byte[] frame = Peer.frame(new byte[3 << 20]);
        CompletableFuture<byte[]> echo = new CompletableFuture<>();
        try (NioServer server = new NioServer(NioServerConfig.defaults(), List.of(EchoSession.protocol()), registry)) {
            server.start();
            Connection connection = await(connector.connect(server.address(), 10_000, itsConnection -> {
                itsConnection.write(ByteBuffer.wrap(frame));
                return new TestSession(itsConnection, (any, bytes) -> {
                    if (bytes.remaining() < frame.length) {
                        return frame.length;
                    }
                    byte[] all = new byte[bytes.remaining()];
                    bytes.get(all);
                    echo.complete(all);
                    return 0;
                });
            }));
            assertThat(Arrays.equals(echo.get(20, TimeUnit.SECONDS), frame)).isTrue();
            assertThat(connection.remoteAddress()).isEqualTo(server.address());
            assertThat(connector.connections().toCompletableFuture().get(20, TimeUnit.SECONDS))
                    .singleElement()
                    .satisfies(info -> assertThat(info.id()).isEqualTo(connection.id()));
        }
    }

    @Test
    void aRefusedConnectNamesTheAddress() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        PortaskException failure =
                failure(connector.connect(new InetSocketAddress("127.0.0.1", port), 10_000, TestSession::swallowing));
        assertThat(failure.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(failure).hasMessageContaining("127.0.0.1:" + port);
    }

    @Test
    void anUnknownHostNamesTheAddress() throws Exception {
        PortaskException failure = failure(connector.connect(
                InetSocketAddress.createUnresolved("nowhere", 9092), 10_000, TestSession::swallowing));
        assertThat(failure.code()).isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(failure).hasMessageContaining("nowhere:9092");
    }

    @Test
    void aConnectThatIsNotAnsweredTimesOut() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) full.getLocalSocketAddress();
            List<CompletionStage<Connection>> stages = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                stages.add(connector.connect(address, 200, TestSession::swallowing));
            }
            PortaskException failure = failure(stages.get(9));
            assertThat(failure.code()).isEqualTo(ErrorCode.TIMEOUT);
            assertThat(failure).hasMessageContaining(address.getHostString() + ":" + address.getPort());
        }
    }

    @Test
    void aSessionThatCannotBeOpenedFailsTheConnect() throws Exception {
        try (ServerSocket peer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            PortaskException failure =
                    failure(connector.connect((InetSocketAddress) peer.getLocalSocketAddress(), 10_000, connection -> {
                        throw new PortaskException(ErrorCode.OVERLOADED, "on purpose");
                    }));
            assertThat(failure.code()).isEqualTo(ErrorCode.OVERLOADED);
        }
    }

    @Test
    void whatIsNotConnectedYetFailsWithTheClose() throws Exception {
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = (InetSocketAddress) full.getLocalSocketAddress();
            List<CompletionStage<Connection>> stages = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                stages.add(connector.connect(address, 600_000, TestSession::swallowing));
            }
            connector.close();
            assertThat(failure(stages.get(9)).code()).isEqualTo(ErrorCode.CLOSED);
            assertThatThrownBy(() -> connector.connect(address, 1_000, TestSession::swallowing))
                    .isInstanceOfSatisfying(
                            PortaskException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CLOSED));
        }
    }

    @Test
    void theEndOfThePeerIsTold() throws Exception {
        CompletableFuture<TestSession> session = new CompletableFuture<>();
        try (ServerSocket peer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            connector.connect((InetSocketAddress) peer.getLocalSocketAddress(), 10_000, connection -> {
                TestSession opened = TestSession.swallowing(connection);
                session.complete(opened);
                return opened;
            });
            peer.accept().close();
            assertThat(session.get(20, TimeUnit.SECONDS).closeCode()).isEqualTo(ErrorCode.CONNECTION_LOST);
        }
    }

    @Test
    void aConnectorThatWasNotStartedSaysSo() {
        try (NioConnector other = new NioConnector(NioConnectorConfig.defaults(), registry)) {
            assertThatThrownBy(() -> other.connect(new InetSocketAddress("127.0.0.1", 1), 1, TestSession::swallowing))
                    .isInstanceOfSatisfying(
                            PortaskException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_OPERATION));
        }
    }
}
