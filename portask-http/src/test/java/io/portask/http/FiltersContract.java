package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The same handlers behind the same filters, on this server and on the JDK's own. */
abstract class FiltersContract {
    private static final String LARGE = "{\"a\":\"" + "0123456789".repeat(1000) + "\"}";
    static final int BODY_LIMIT = 1000;

    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private InetSocketAddress address;

    abstract InetSocketAddress start() throws IOException;

    /** Returns when all handlers have. May be called twice. */
    @AfterEach
    abstract void stop() throws Exception;

    @BeforeEach
    void startServer() throws IOException {
        address = start();
    }

    static void handle(HttpExchange exchange) throws IOException {
        switch (exchange.getRequestURI().getPath()) {
            case "/t/large" -> {
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                Hosted.answer(exchange, LARGE);
            }
            case "/t/binary" -> {
                exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
                Hosted.answer(exchange, LARGE);
            }
            case "/t/stream" -> {
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write(LARGE.getBytes(StandardCharsets.UTF_8));
                exchange.close();
            }
            case "/t/unknown" -> throw new PortaskException(ErrorCode.UNKNOWN_TOPIC, "There is no topic orders");
            case "/t/defect" -> throw new IllegalStateException("secret");
            default -> Hosted.echo(exchange);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.getPort() + path))
                .timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Test
    void aSaneRequestIdIsKept() throws Exception {
        assertThat(send(request("/t/x").header("X-Request-Id", "a-1_B.2"))
                        .headers()
                        .firstValue("x-request-id"))
                .hasValue("a-1_B.2");
    }

    @Test
    void aRequestWithoutASaneIdGetsANewOne() throws Exception {
        for (String sent : List.of("a b", "a\"", "x".repeat(129))) {
            assertThat(send(request("/t/x").header("X-Request-Id", sent))
                            .headers()
                            .firstValue("x-request-id"))
                    .hasValueSatisfying(id -> assertThat(id).isNotEqualTo(sent).matches("[0-9a-z-]{10,40}"));
        }
    }

    @Test
    void errorsAreProblems() throws Exception {
        HttpResponse<byte[]> unknown = send(request("/t/unknown"));
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(text(unknown)).contains("\"code\":\"UNKNOWN_TOPIC\"", "\"detail\":\"There is no topic orders\"");

        HttpResponse<byte[]> defect = send(request("/t/defect"));
        assertThat(defect.statusCode()).isEqualTo(500);
        assertThat(text(defect)).doesNotContain("secret", "Exception");
        assertThat(defect.headers().firstValue("x-request-id")).isPresent();
    }

    @Test
    void aBodyAboveTheLimitIsRefused() throws Exception {
        String large = "x".repeat(BODY_LIMIT + 1);
        assertThat(send(request("/t/x").POST(BodyPublishers.ofString("x".repeat(BODY_LIMIT))))
                        .statusCode())
                .isEqualTo(200);
        assertThat(send(request("/t/x").POST(BodyPublishers.ofString(large))).statusCode())
                .isEqualTo(413);
        assertThat(send(request("/t/x")
                                .POST(BodyPublishers.ofInputStream(
                                        () -> new ByteArrayInputStream(large.getBytes(StandardCharsets.UTF_8)))))
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void largeTextIsCompressedForThoseWhoAcceptIt() throws Exception {
        HttpResponse<byte[]> response = send(request("/t/large").header("Accept-Encoding", "br, gzip;q=0.5"));

        assertThat(response.headers().firstValue("content-encoding")).hasValue("gzip");
        assertThat(response.headers().allValues("vary")).contains("Accept-Encoding");
        assertThat(response.body().length).isLessThan(LARGE.length() / 10);
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(response.body()))) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(LARGE);
        }
    }

    @Test
    void nothingElseIsCompressed() throws Exception {
        assertThat(text(send(request("/t/large")))).isEqualTo(LARGE);
        for (String refused : List.of("gzip;q=0", "br", "*;q=0", "gzip;q=0.1, identity", "gzip;q=x")) {
            assertThat(text(send(request("/t/large").header("Accept-Encoding", refused))))
                    .as(refused)
                    .isEqualTo(LARGE);
        }
        for (String path : List.of("/t/stream", "/t/binary")) {
            assertThat(text(send(request(path).header("Accept-Encoding", "gzip"))))
                    .as(path)
                    .isEqualTo(LARGE);
        }
        assertThat(text(send(request("/t/small").header("Accept-Encoding", "gzip"))))
                .isEqualTo("/t/small");
    }

    @Test
    void pagesOfANamedOriginMayCall() throws Exception {
        HttpResponse<byte[]> response = send(request("/t/x").header("Origin", "https://app.example"));

        assertThat(response.headers().firstValue("access-control-allow-origin")).hasValue("https://app.example");
        assertThat(response.headers().firstValue("vary")).hasValue("Origin");
        assertThat(send(request("/t/x").header("Origin", "https://evil.example"))
                        .headers()
                        .firstValue("access-control-allow-origin"))
                .isEmpty();
    }

    @Test
    void preflightsAreAnswered() throws Exception {
        HttpRequest.Builder preflight = request("/t/x")
                .method("OPTIONS", BodyPublishers.noBody())
                .header("Access-Control-Request-Method", "DELETE");
        HttpResponse<byte[]> allowed = send(preflight.copy().header("Origin", "https://app.example"));
        assertThat(allowed.statusCode()).isEqualTo(204);
        assertThat(allowed.headers().firstValue("access-control-allow-methods"))
                .hasValueSatisfying(methods -> assertThat(methods).contains("DELETE"));

        assertThat(send(preflight.copy().header("Origin", "https://evil.example"))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void requestsAreCountedByMethodRouteAndStatus() throws Exception {
        send(request("/t/x"));
        send(request("/t/y").POST(BodyPublishers.ofString("z")));
        send(request("/t/unknown"));
        send(request("/t/x").method("BREW", BodyPublishers.noBody()));
        stop();

        assertThat(count("GET", "200")).isEqualTo(1);
        assertThat(count("POST", "200")).isEqualTo(1);
        assertThat(count("GET", "404")).isEqualTo(1);
        assertThat(count("OTHER", "200")).isEqualTo(1);
    }

    private long count(String method, String status) {
        return meters.get("portask.http.requests")
                .tags("method", method, "route", "/t", "status", status)
                .timer()
                .count();
    }
}
