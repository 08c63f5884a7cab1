package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.portask.broker.Broker;
import io.portask.record.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams over sockets, from Portask's own server and from the JDK's. */
@Timeout(60)
class StreamOverSocketsTest {
    private static final String PATH = "/api/v1/topics/t/stream";

    private final Broker broker = Broker.open("memory:");
    private final Hosted hosted =
            new Hosted(http -> RestApi.builder(broker).build().addTo(http));
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        hosted.close();
        broker.close();
    }

    private void publish(int from, int to) {
        broker.publishAll(IntStream.range(from, to)
                .mapToObj(i -> Message.of("t", "m" + i))
                .toList());
    }

    private BufferedReader open(InetSocketAddress server, String query, String... fields) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getPort() + PATH + query));
        for (int i = 0; i < fields.length; i += 2) {
            request.header(fields[i], fields[i + 1]);
        }
        HttpResponse<InputStream> response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    private static String line(BufferedReader in, String beginning) throws IOException {
        String line = in.readLine();
        while (line != null && !line.startsWith(beginning)) {
            line = in.readLine();
        }
        return line;
    }

    @Test
    void manyMessagesComeInOrderHereAndOnAStockServer() throws Exception {
        broker.createTopic("t", 1);
        publish(0, 20_000);
        HttpServer stock = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ExecutorService threads = Executors.newCachedThreadPool();
        stock.setExecutor(threads);
        RestApi.builder(broker).build().mountOn(stock);
        stock.start();
        try (BufferedReader here = open(hosted.server.address(), "?from=earliest");
                BufferedReader there = open(stock.getAddress(), "?from=earliest", "Accept", "application/x-ndjson")) {
            for (int i = 0; i < 20_000; i++) {
                assertThat(line(here, "data: ")).endsWith("\"text\":\"m" + i + "\"}");
                assertThat(line(there, "{")).endsWith("\"text\":\"m" + i + "\"}");
            }
            publish(20_000, 20_001);
            assertThat(line(here, "data: ")).endsWith("\"m20000\"}");
            assertThat(line(there, "{")).endsWith("\"m20000\"}");
            broker.deleteTopic("t");
            assertThat(line(here, "event: ")).isEqualTo("event: error");
            assertThat(line(there, "{")).startsWith("{\"error\":{");
            assertThat(line(here, "event: ")).isNull();
            assertThat(there.readLine()).isNull();
        } finally {
            stock.stop(0);
            threads.shutdownNow();
        }
    }

    @Test
    void aStockServerThatInterruptsItsThreadsEndsItsStreams() throws Exception {
        broker.createTopic("t", 1);
        HttpServer stock = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ExecutorService threads = Executors.newCachedThreadPool();
        stock.setExecutor(threads);
        RestApi.builder(broker).build().mountOn(stock);
        stock.start();
        try (BufferedReader events = open(stock.getAddress(), "")) {
            assertThat(events.readLine()).isEqualTo("id: 0:0");
            threads.shutdownNow();
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            stock.stop(0);
        }
    }

    @Test
    void manyShortVisitsMissNothingAndRepeatNothing() throws Exception {
        broker.createTopic("t", 3);
        publish(0, 300);
        List<String> got = new ArrayList<>();
        String id = "0:0,1:0,2:0";
        while (got.size() < 300) {
            try (BufferedReader events = open(hosted.server.address(), "", "Last-Event-ID", id)) {
                assertThat(line(events, "id: ")).isEqualTo("id: " + id);
                for (int i = 0; i < 7 && got.size() < 300; i++) {
                    id = line(events, "id: ").substring(4);
                    String data = line(events, "data: ");
                    got.add(data.substring(data.lastIndexOf(":\"m") + 3, data.lastIndexOf('"')));
                }
            }
        }
        assertThat(got)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 300).mapToObj(Integer::toString).toList());
    }

    @Test
    void aSlowReaderGetsAllOfIt() throws Exception {
        broker.createTopic("t", 1);
        String text = "x".repeat(10_000);
        int count = 2_000;
        for (int i = 0; i < count; i += 100) {
            broker.publishAll(
                    IntStream.range(0, 100).mapToObj(n -> Message.of("t", text)).toList());
        }
        try (RawPeer peer = hosted.raw()) {
            peer.send("GET " + PATH
                    + "?from=earliest HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n\r\n");
            assertThat(peer.head()).contains("200 OK", "application/x-ndjson");
            // Far less than all of it is on its way to a client that takes nothing.
            assertThat(hosted.server
                            .connections()
                            .toCompletableFuture()
                            .get()
                            .get(0)
                            .queuedBytes())
                    .isLessThan(2 << 20);
            for (int i = 0; i < count; i++) {
                int size = Integer.parseInt(peer.line(), 16);
                assertThat(peer.body(size)).contains("\"offset\":" + i + ",").endsWith(text + "\"}\n");
                assertThat(peer.line()).isEmpty();
            }
        }
    }

    @Test
    void aServerThatStopsEndsItsStreams() throws Exception {
        broker.createTopic("t", 1);
        try (BufferedReader events = open(hosted.server.address(), "")) {
            assertThat(events.readLine()).isEqualTo("id: 0:0");
            hosted.close();
            assertThat(line(events, "event: ")).isEqualTo("event: error");
            assertThat(line(events, "data: ")).contains("SHUTTING_DOWN");
            assertThat(line(events, "event: ")).isNull();
        }
    }
}
