package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.http.admin.ServerState;
import io.portask.transport.NioServer;
import io.portask.transport.NioServerConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an embedder writes to have a broker on HTTP. */
@Timeout(60)
class RestApiTest {
    private static final HttpConfig WITH_TOKEN =
            HttpConfig.builder().tokens(List.of("s3cret")).build();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final Broker broker = Broker.open("memory:");
    private InetSocketAddress address;

    @AfterEach
    void close() {
        broker.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.getPort() + path))
                .timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private NioServer serve(HttpProtocol http) {
        NioServer server = new NioServer(NioServerConfig.builder().eventLoops(1).build(), List.of(http), meters);
        server.start();
        address = server.address();
        return server;
    }

    private WebSocket open(WebSocket.Builder builder) {
        return builder.buildAsync(
                        URI.create("ws://127.0.0.1:" + address.getPort() + "/ws"), new WebSocket.Listener() {})
                .join();
    }

    private void assertThatATokenIsNeeded() throws Exception {
        HttpResponse<String> refused = send(request("/api/v1/topics"));
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"portask\"");
        assertThat(refused.body()).contains("\"code\":\"AUTHENTICATION_FAILED\"");
        assertThat(send(request("/health/ready")).statusCode()).isEqualTo(200);
        assertThat(send(request("/api/v1/topics").header("Authorization", "Bearer s3cret"))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void threeLinesServeRestAndTheWebSocketOnOnePort() throws Exception {
        HttpProtocol http =
                RestApi.builder(broker).build().http(HttpConfig.defaults()).build();
        try (NioServer server = serve(http)) {
            String message = "{\"topic\":\"t\",\"text\":\"hello\"}";
            assertThat(send(request("/api/v1/messages/publish").POST(BodyPublishers.ofString(message)))
                            .statusCode())
                    .isBetween(200, 201);
            assertThat(send(request("/api/v1/messages/t:0:0")).body()).contains("\"text\":\"hello\"");
            WebSocket socket = open(client.newWebSocketBuilder().subprotocols("portask.v1.json"));
            assertThat(socket.getSubprotocol()).isEqualTo("portask.v1.json");
            socket.abort();
        }
    }

    @Test
    void aPageThatNamedThisMachineItsOwnReachesNothing() throws Exception {
        HttpProtocol http =
                RestApi.builder(broker).build().http(HttpConfig.defaults()).build();
        try (NioServer server = serve(http);
                RawPeer browser = new RawPeer(server.address())) {
            browser.send("GET /api/v1/topics HTTP/1.1\r\nHost: rebound.example:8080\r\n\r\n");
            assertThat(browser.status()).isEqualTo(403);
            browser.send("GET /ws HTTP/1.1\r\nHost: rebound.example:8080\r\nOrigin: http://rebound.example:8080\r\n"
                    + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            assertThat(browser.status()).isEqualTo(403);
            browser.send("GET /health HTTP/1.1\r\nHost: localhost:8080\r\n\r\n");
            assertThat(browser.status()).isEqualTo(200);
        }
    }

    @Test
    void withATokenStrangersGetNeitherResourcesNorTheWebSocket() throws Exception {
        try (NioServer server =
                serve(RestApi.builder(broker).build().http(WITH_TOKEN).build())) {
            assertThatATokenIsNeeded();
            assertThatThrownBy(() -> open(client.newWebSocketBuilder()))
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(WebSocketHandshakeException.class);
            open(client.newWebSocketBuilder().header("Authorization", "Bearer s3cret"))
                    .abort();
            WebSocket page =
                    open(client.newWebSocketBuilder().subprotocols("portask.bearer.czNjcmV0", "portask.v1.json"));
            assertThat(page.getSubprotocol()).isEqualTo("portask.v1.json");
            page.abort();
        }
    }

    @Test
    void aStockServerIsGuardedTheSameWay() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        RestApi.builder(broker).build().mountOn(server, WITH_TOKEN);
        server.start();
        address = server.getAddress();
        try {
            assertThatATokenIsNeeded();
        } finally {
            server.stop(0);
        }
    }

    @Test
    void whoMayNotCallIsRefusedBeforeTheBody() throws Exception {
        try (NioServer ignored =
                        serve(RestApi.builder(broker).build().http(WITH_TOKEN).build());
                RawPeer peer = new RawPeer(address)) {
            peer.send("POST /api/v1/messages/publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n");
            assertThat(peer.head()).startsWith("HTTP/1.1 401 ");
        }
    }

    @Test
    void whileTheServerStartsOnlyTheHealthIsServed() throws Exception {
        AtomicReference<ServerState> state = new AtomicReference<>(ServerState.STARTING);
        HttpProtocol http = RestApi.builder(broker)
                .state(state::get)
                .build()
                .http(HttpConfig.defaults())
                .build();
        try (NioServer server = serve(http)) {
            assertThat(send(request("/health/live")).statusCode()).isEqualTo(200);
            assertThat(send(request("/health/ready")).body()).contains("\"state\":\"starting\"");
            HttpResponse<String> refused = send(request("/api/v1/topics"));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            assertThatThrownBy(() -> open(client.newWebSocketBuilder())).isInstanceOf(CompletionException.class);
            state.set(ServerState.READY);
            assertThat(send(request("/api/v1/topics")).statusCode()).isEqualTo(200);
        }
    }
}
