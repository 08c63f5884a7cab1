package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.portask.http.exchange.HttpLimits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class RestOnAStockServerTest extends RestContract {
    private static final int MAX_BODY_BYTES = 1_000_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;

    @Override
    InetSocketAddress start(RestApi api) throws IOException {
        return start(api, HttpConfig.defaults());
    }

    private InetSocketAddress start(RestApi api, HttpConfig config) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        api.mountOn(server, config);
        server.start();
        return server.getAddress();
    }

    @Test
    void bodiesThatAreHeldWholeHaveTheConfiguredLimitAndLinesHaveNone() throws Exception {
        String line = "{\"text\":\"" + "x".repeat(50_000) + "\"}\n";
        String lines = line.repeat(MAX_BODY_BYTES / line.length() + 1);
        rest().publish("orders", "a");
        server.stop(0);
        HttpLimits limits = HttpLimits.builder().maxBodyBytes(MAX_BODY_BYTES).build();
        rest().servedAt(start(rest().api, HttpConfig.builder().limits(limits).build()));
        // In chunks, for what this server has not read when it answers must be little.
        HttpRequest.Builder whole = rest().request(PublishRules.PUBLISH)
                .POST(HttpRequest.BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8))));
        assertThat(rest().send(whole).is(413).json().get("detail").toString())
                .contains(" " + MAX_BODY_BYTES + " bytes");
        rest().send(rest().request("/api/v1/topics/orders/messages")
                        .header("Content-Type", "application/x-ndjson")
                        .POST(HttpRequest.BodyPublishers.ofString(lines)))
                .is(200);
    }

    @Override
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }
}
