package io.portask.http;

import com.sun.net.httpserver.HttpExchange;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.transport.NioServer;
import io.portask.transport.NioServerConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** A server on a free port with what a test adds, and a client for it. */
final class Hosted implements AutoCloseable {
    final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    final NioServer server;

    Hosted(Consumer<HttpProtocolBuilder> handlers) {
        this(HttpConfig.defaults(), handlers);
    }

    Hosted(HttpConfig config, Consumer<HttpProtocolBuilder> handlers) {
        this(config, new SimpleMeterRegistry(), handlers);
    }

    Hosted(HttpConfig config, MeterRegistry meters, Consumer<HttpProtocolBuilder> handlers) {
        HttpProtocolBuilder builder = HttpProtocol.builder(config, meters);
        handlers.accept(builder);
        server = new NioServer(
                NioServerConfig.builder().eventLoops(1).build(), List.of(builder.build()), new SimpleMeterRegistry());
        server.start();
    }

    /** The request's body, or the path if it has none. */
    static void echo(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        answer(
                exchange,
                body.length > 0
                        ? new String(body, StandardCharsets.UTF_8)
                        : exchange.getRequestURI().getPath());
    }

    static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.address().getPort() + path);
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(20));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    RawPeer raw() throws Exception {
        return new RawPeer(server.address());
    }

    @Override
    public void close() {
        server.close();
    }
}
