package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP and WebSocket of a server in a process of its own, with the JDK's clients. */
@Timeout(120)
class HttpServerProcessTest {
    private static final String PUBLISH = "/api/v1/messages/publish";
    private static final String CONFIG = "/api/v1/admin/config";

    @TempDir
    private Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static HttpRequest.Builder request(String address, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + address + path)).timeout(Duration.ofSeconds(60));
    }

    private static HttpRequest.Builder post(String address, String path, String body) {
        return request(address, path).POST(BodyPublishers.ofString(body));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private WebSocket open(String address, SocketMessages received) {
        return open(client.newWebSocketBuilder(), address, received);
    }

    private static WebSocket open(WebSocket.Builder builder, String address, SocketMessages received) {
        return builder.buildAsync(URI.create("ws://" + address + "/ws"), received)
                .join();
    }

    @Test
    void bothPortsSpeakHttpAndWebSocketToTheSameBroker() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory)) {
            String http = server.httpAddress();
            assertThat(send(post(http, PUBLISH, "{\"topic\":\"t\",\"key\":\"k\",\"text\":\"over http\"}"))
                            .body())
                    .contains("\"id\":\"t:0:0\"", "\"ack\":\"synced\"");
            Cli.runWithInput("over tcp\n", "publish", "t", "--server", server.address());
            SocketMessages received = new SocketMessages();
            WebSocket socket = open(server.address(), received);
            socket.sendText("{\"type\":\"subscribe\",\"topic\":\"t\"}", true).join();
            assertThat(received.next()).contains("\"type\":\"ack\"");
            assertThat(received.next()).contains("\"id\":\"t:0:0\"", "\"text\":\"over http\"");
            assertThat(received.next()).contains("\"id\":\"t:0:1\"", "\"text\":\"over tcp\"");
            assertThat(send(request(server.address(), "/api/v1/messages/t:0:1")).body())
                    .contains("\"text\":\"over tcp\"");
            assertThat(Cli.run("consume", "t", "--server", server.address()).out())
                    .isEqualTo("over http\nover tcp\n");
            String connections = send(request(http, "/api/v1/connections")).body();
            assertThat(connections).contains("\"local\":\"" + http + "\"", "\"local\":\"" + server.address() + "\"");
            socket.abort();
        }
    }

    @Test
    void oneScrapeHasAllMeters() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory)) {
            send(post(server.httpAddress(), PUBLISH, "{\"topic\":\"t\",\"text\":\"x\"}"));
            assertThat(send(request(server.httpAddress(), "/metrics")).body())
                    .contains(
                            "jvm_memory_used_bytes",
                            "jvm_threads_live_threads",
                            "jvm_gc_",
                            "process_cpu_usage",
                            "process_files_open_files",
                            "process_uptime_seconds",
                            "portask_publish_records_total 1.0",
                            "portask_http_requests_seconds",
                            "portask_store_files_open")
                    .containsPattern("portask_connections\\{[^}]*listener=\"http\"");
        }
    }

    @Test
    void oneDoorCanBeClosedWithoutTheOther() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory, "--http-port", "none", "--tcp-http", "true")) {
            assertThat(server.banner()).contains("PORT and HTTP on").doesNotContain("| HTTP on");
            assertThat(send(request(server.address(), "/health")).statusCode()).isEqualTo(200);
            assertThat(server.terminate()).isZero();
        }
        try (ServerProcess server = ServerProcess.start(directory, "--tcp-http=false")) {
            assertThat(send(request(server.httpAddress(), "/health")).statusCode())
                    .isEqualTo(200);
            assertThatThrownBy(() -> send(request(server.address(), "/health"))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void withATokenStrangersSeeTheHealthAndNothingElse() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory, "--auth-token", "s3cret")) {
            for (String address : new String[] {server.httpAddress(), server.address()}) {
                assertThat(send(request(address, "/health")).statusCode()).isEqualTo(200);
                assertThat(send(request(address, "/metrics")).statusCode()).isEqualTo(401);
                assertThat(send(post(address, PUBLISH, "{}")).headers().firstValue("WWW-Authenticate"))
                        .isPresent();
                assertThatThrownBy(() -> open(address, new SocketMessages())).isInstanceOf(CompletionException.class);
                assertThat(send(request(address, "/metrics").header("Authorization", "Bearer s3cret"))
                                .statusCode())
                        .isEqualTo(200);
                WebSocket page = open(
                        client.newWebSocketBuilder().subprotocols("portask.v1.json", "portask.bearer.czNjcmV0"),
                        address,
                        new SocketMessages());
                assertThat(page.getSubprotocol()).isEqualTo("portask.v1.json");
                page.abort();
            }
            assertThat(send(request(server.httpAddress(), CONFIG).header("Authorization", "Bearer s3cret"))
                            .body())
                    .contains("\"auth-token\":\"***\"", "\"http-port\":\"0\"")
                    .doesNotContain("s3cret");
        }
    }

    @Test
    void pagesFromElsewhereDoNotDriveTheServer() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory, "--cors-origin", "https://app.example")) {
            String http = server.httpAddress();
            String message = "{\"topic\":\"t\",\"text\":\"x\"}";
            assertThat(send(post(http, PUBLISH, message).header("Origin", "https://evil.example"))
                            .statusCode())
                    .isEqualTo(403);
            assertThat(send(post(http, PUBLISH, message).header("Origin", "http://" + http))
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> allowed = send(post(http, PUBLISH, message).header("Origin", "https://app.example"));
            assertThat(allowed.body()).contains("\"id\":\"t:0:1\"");
            assertThat(allowed.headers().firstValue("Access-Control-Allow-Origin"))
                    .hasValue("https://app.example");
            assertThatThrownBy(() -> open(
                            client.newWebSocketBuilder().header("Origin", "https://evil.example"),
                            http,
                            new SocketMessages()))
                    .isInstanceOf(CompletionException.class);
            open(client.newWebSocketBuilder().header("Origin", "https://app.example"), http, new SocketMessages())
                    .abort();
        }
    }

    /** Until so many connections, the asking one included, have sent a request. */
    private void awaitConnections(String address, int count) throws Exception {
        String connections;
        do {
            connections = send(request(address, "/api/v1/connections")).body();
        } while (connections.split("\"protocol\":\"http\"", -1).length <= count);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aServerThatStopsFinishesWhatIsOpen(boolean bySignal) throws Exception {
        try (ServerProcess server = ServerProcess.start(directory)) {
            String http = server.httpAddress();
            assertThat(send(post(http, "/api/v1/topics", "{\"name\":\"t\"}")).statusCode())
                    .isEqualTo(201);
            SocketMessages received = new SocketMessages();
            WebSocket socket = open(http, received);
            socket.sendText("{\"type\":\"ping\"}", true).join();
            assertThat(received.next()).contains("pong");
            CompletableFuture<HttpResponse<String>> waiting = HttpClient.newHttpClient()
                    .sendAsync(
                            request(http, "/api/v1/messages?topic=t&partition=0&offset=0&maxWaitMs=30000")
                                    .version(HttpClient.Version.HTTP_1_1)
                                    .build(),
                            BodyHandlers.ofString());
            awaitConnections(http, 3);
            if (bySignal) {
                assertThat(server.terminate()).isZero();
            } else {
                assertThat(send(post(http, "/api/v1/admin/shutdown", "")).statusCode())
                        .isEqualTo(202);
                assertThat(server.exitCode()).isZero();
            }
            assertThat(received.closeCode()).isEqualTo(1001);
            assertThat(waiting.join().body()).contains("\"messages\":[]");
            assertThat(server.remainingErr()).contains("Portask stopped");
        }
    }

    @Test
    void theLogIsJsonWithoutContentsAndItsLevelChangesWhileTheServerRuns() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory, "--log-format", "json", "--log-level", "error")) {
            String http = server.httpAddress();
            assertThat(send(request(http, CONFIG)).body()).contains("\"log-level\":\"error\"");
            assertThat(patch(http, "{\"log-level\":\"debug\",\"max-connections\":\"77\"}")
                            .body())
                    .contains("\"log-level\":\"debug\"", "\"max-connections\":\"77\"");
            assertThat(patch(http, "{\"log-level\":\"info\",\"tcp-port\":\"1\"}")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(send(request(http, CONFIG)).body()).contains("\"log-level\":\"debug\"");
            send(post(http, PUBLISH, "{\"topic\":\"t\",\"text\":\"very private\"}")
                    .header("X-Request-Id", "id-7"));
            assertThat(server.terminate()).isZero();
            String log = server.remainingErr();
            assertThat(log).doesNotContain("very private");
            assertThat(server.banner()).startsWith("{\"timestamp\":\"");
            assertThat(log.lines())
                    .allMatch(line -> line.startsWith("{\"timestamp\":\"") && line.endsWith("}"))
                    .anyMatch(line -> line.contains("\"requestId\":\"id-7\"") && line.contains("\"status\":\"200\""));
        }
    }

    private HttpResponse<String> patch(String address, String body) throws Exception {
        return send(request(address, CONFIG).method("PATCH", BodyPublishers.ofString(body)));
    }
}
