package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.portask.http.exchange.BodyException;
import io.portask.http.exchange.HttpLimits;
import io.portask.http.exchange.RequestBodyConsumer;
import io.portask.http.exchange.ResponseStream;
import io.portask.http.exchange.StreamingExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StreamingTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String CHUNKED_POST =
            "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static StreamingExchange streaming(HttpExchange exchange) {
        StreamingExchange streaming = StreamingExchange.of(exchange);
        assertThat(streaming).isNotNull();
        return streaming;
    }

    /** Tells what it is told. */
    private static class Told implements RequestBodyConsumer {
        final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();

        @Override
        public void onBytes(ByteBuffer part) {
            events.add(StandardCharsets.UTF_8.decode(part).toString());
        }

        @Override
        public void onEnd() {
            events.add("end");
        }

        @Override
        public void onFailed(BodyException reason) {
            events.add("failed with " + reason.status());
        }
    }

    @Test
    void partsLeaveAsTheyArePushedFromAnyThread() throws Exception {
        LinkedBlockingQueue<ResponseStream> streams = new LinkedBlockingQueue<>();
        CompletableFuture<String> outcome = new CompletableFuture<>();
        try (Hosted hosted = new Hosted(http -> http.inline("/", exchange -> {
                    StreamingExchange streaming = streaming(exchange);
                    streaming.onDone(error -> outcome.complete("done " + error));
                    streams.add(streaming.startStream(200));
                }));
                RawPeer peer = hosted.raw()) {
            peer.send(GET + GET);
            ResponseStream stream = streams.take();
            assertThat(peer.head()).contains("200 OK", "Transfer-encoding: chunked");
            stream.write(bytes("one"));
            assertThat(peer.body(8)).isEqualTo("3\r\none\r\n");
            stream.write(bytes("two"));
            assertThat(peer.body(8)).isEqualTo("3\r\ntwo\r\n");
            stream.close();
            stream.write(bytes("too late"));
            assertThat(peer.body(5)).isEqualTo("0\r\n\r\n");
            assertThat(outcome.get()).isEqualTo("done null");
            streams.take();
            assertThat(peer.head()).contains("200 OK");
        }
    }

    @Test
    void aClientThatDoesNotReadMakesAStreamUnwritableUntilItReads() throws Exception {
        int parts = 200;
        byte[] part = new byte[64 << 10];
        CountDownLatch blocked = new CountDownLatch(1);
        try (Hosted hosted = new Hosted(http -> http.streaming(
                        "/",
                        exchange -> {
                            ResponseStream stream = streaming(exchange).startStream(200);
                            AtomicLong written = new AtomicLong();
                            stream.onWritable(() -> {
                                while (stream.isWritable() && written.get() < parts) {
                                    written.incrementAndGet();
                                    stream.write(ByteBuffer.wrap(part));
                                }
                                if (written.get() < parts) {
                                    blocked.countDown();
                                } else {
                                    stream.close();
                                }
                            });
                        },
                        0));
                RawPeer peer = hosted.raw()) {
            peer.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            blocked.await();

            assertThat(peer.rest().length()).isGreaterThan(parts * part.length);
        }
    }

    @Test
    void aStreamHearsThatItsClientWentAway() throws Exception {
        CompletableFuture<Exception> outcome = new CompletableFuture<>();
        try (Hosted hosted = new Hosted(http -> http.streaming(
                "/",
                exchange -> {
                    StreamingExchange streaming = streaming(exchange);
                    streaming.onDone(outcome::complete);
                    streaming.startStream(200);
                },
                0))) {
            try (RawPeer peer = hosted.raw()) {
                peer.send(GET).head();
            }
            assertThat(outcome.get()).isNotNull();
        }
    }

    @Test
    void aStreamCanEndItselfWhenTheServerStops() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.streaming(
                        "/",
                        exchange -> {
                            StreamingExchange streaming = streaming(exchange);
                            ResponseStream stream = streaming.startStream(200);
                            streaming.onShutdown(() -> {
                                stream.write(bytes("bye"));
                                stream.close();
                            });
                        },
                        0));
                RawPeer peer = hosted.raw()) {
            peer.send(GET).head();
            hosted.close();

            assertThat(peer.rest()).isEqualTo("3\r\nbye\r\n0\r\n\r\n");
        }
    }

    @Test
    void headOfAStreamHasNoBody() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline(
                        "/", exchange -> streaming(exchange).startStream(200).close()));
                RawPeer peer = hosted.raw()) {
            peer.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n" + GET);

            assertThat(peer.head()).contains("200 OK");
            assertThat(peer.head()).contains("200 OK", "chunked");
        }
    }

    @Test
    void aBodyIsPushedAsItArrives() throws Exception {
        Told told = new Told();
        LinkedBlockingQueue<HttpExchange> exchanges = new LinkedBlockingQueue<>();
        try (Hosted hosted =
                        new Hosted(http -> http.streaming("/", exchange -> receive(exchange, told, exchanges), 100));
                RawPeer peer = hosted.raw()) {
            peer.send(CHUNKED_POST + "3\r\none\r\n");
            assertThat(told.events.take()).isEqualTo("one");
            peer.send("3\r\ntwo\r\n0\r\n\r\n");
            assertThat(told.events.take()).isEqualTo("two");
            assertThat(told.events.take()).isEqualTo("end");
            Hosted.answer(exchanges.take(), "thanks");
            assertThat(peer.response()).isEqualTo("200 thanks");
        }
    }

    private static void receive(
            HttpExchange exchange, RequestBodyConsumer consumer, LinkedBlockingQueue<HttpExchange> exchanges) {
        streaming(exchange).receiveBody(consumer);
        exchanges.add(exchange);
    }

    @Test
    void aBodyThatBreaksOffFailsAndCanStillBeAnswered() throws Exception {
        Told told = new Told();
        LinkedBlockingQueue<HttpExchange> exchanges = new LinkedBlockingQueue<>();
        try (Hosted hosted =
                        new Hosted(http -> http.streaming("/", exchange -> receive(exchange, told, exchanges), 100));
                RawPeer peer = hosted.raw()) {
            peer.send(CHUNKED_POST + "3\r\none\r\nxyz\r\n");
            assertThat(told.events.take()).isEqualTo("one");
            assertThat(told.events.take()).isEqualTo("failed with 400");
            Hosted.answer(exchanges.take(), "a pity");
            assertThat(peer.rest()).contains("Connection: close").endsWith("a pity");
        }
    }

    @Test
    void aBodyAboveItsRoutesLimitFails() throws Exception {
        Told told = new Told();
        LinkedBlockingQueue<HttpExchange> exchanges = new LinkedBlockingQueue<>();
        try (Hosted hosted =
                        new Hosted(http -> http.streaming("/", exchange -> receive(exchange, told, exchanges), 100));
                RawPeer peer = hosted.raw()) {
            peer.send(CHUNKED_POST + "65\r\n");
            assertThat(told.events.take()).isEqualTo("failed with 413");
        }
    }

    @Test
    void whoPausesGetsNoMoreUntilItResumes() throws Exception {
        Told told = new Told();
        LinkedBlockingQueue<HttpExchange> exchanges = new LinkedBlockingQueue<>();
        try (Hosted hosted = new Hosted(http -> http.streaming(
                        "/",
                        exchange -> {
                            streaming(exchange).pauseBody();
                            receive(exchange, told, exchanges);
                        },
                        100));
                RawPeer peer = hosted.raw()) {
            peer.send(CHUNKED_POST + "3\r\none\r\n0\r\n\r\n");
            HttpExchange exchange = exchanges.take();
            // The loop has read what there was once it answers this.
            assertThat(hosted.server.connections().toCompletableFuture().get()).hasSize(1);
            assertThat(told.events).isEmpty();
            streaming(exchange).resumeBody();
            assertThat(told.events.take()).isEqualTo("one");
            assertThat(told.events.take()).isEqualTo("end");
        }
    }

    @Test
    void anEarlyAnswerToAClientThatWaitsToSendEndsTheConnection() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.streaming("/", exchange -> Hosted.answer(exchange, "no"), 100));
                RawPeer peer = hosted.raw()) {
            peer.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");

            assertThat(peer.rest())
                    .startsWith("HTTP/1.1 200 OK")
                    .contains("Connection: close")
                    .endsWith("no");
        }
    }

    @Test
    void theRestOfABodyIsDroppedBehindAnEarlyAnswer() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.streaming("/", exchange -> Hosted.answer(exchange, "no"), 100));
                RawPeer peer = hosted.raw()) {
            peer.send(CHUNKED_POST + "5\r\nhello\r\n0\r\n\r\n" + GET);

            assertThat(peer.response()).isEqualTo("200 no");
            assertThat(peer.response()).isEqualTo("200 no");
        }
    }

    @Test
    void aSilentBodyFailsInTime() throws Exception {
        Told told = new Told();
        LinkedBlockingQueue<HttpExchange> exchanges = new LinkedBlockingQueue<>();
        HttpLimits limits = HttpLimits.builder().bodyTimeoutMs(10).build();
        try (Hosted hosted = new Hosted(
                        HttpConfig.builder().limits(limits).build(),
                        http -> http.streaming("/", exchange -> receive(exchange, told, exchanges), 100));
                RawPeer peer = hosted.raw()) {
            peer.send(CHUNKED_POST);
            assertThat(told.events.take()).isEqualTo("failed with 408");
        }
    }

    @Test
    void anEmptyBodyEndsAlsoWhenItsRequestHadToWait() throws Exception {
        LinkedBlockingQueue<HttpExchange> exchanges = new LinkedBlockingQueue<>();
        try (Hosted hosted = new Hosted(http -> http.inline("/later", exchanges::add)
                        .streaming("/", StreamingTest::countBytes, Long.MAX_VALUE));
                RawPeer peer = hosted.raw()) {
            assertThat(peer.send(GET).response()).isEqualTo("200 0 bytes");
            peer.send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n" + GET + CHUNKED_POST + "2\r\nab\r\n0\r\n\r\n");
            Hosted.answer(exchanges.take(), "first");

            assertThat(peer.response()).isEqualTo("200 first");
            assertThat(peer.response()).isEqualTo("200 0 bytes");
            assertThat(peer.response()).isEqualTo("200 2 bytes");
        }
    }

    @Test
    void aConsumerThatThrowsIsAProblem() throws Exception {
        Told told = new Told() {
            @Override
            public void onBytes(ByteBuffer part) {
                super.onBytes(part);
                throw new IllegalStateException("secret");
            }
        };
        LinkedBlockingQueue<HttpExchange> exchanges = new LinkedBlockingQueue<>();
        try (Hosted hosted =
                        new Hosted(http -> http.streaming("/", exchange -> receive(exchange, told, exchanges), 100));
                RawPeer peer = hosted.raw()) {
            peer.send(CHUNKED_POST + "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");

            assertThat(peer.response()).startsWith("500 ").doesNotContain("secret");
            assertThat(told.events).containsExactly("one");
        }
    }

    /** As REST handlers are written: pushed here, by blocking streams elsewhere. */
    private static void countBytes(HttpExchange exchange) throws IOException {
        StreamingExchange streaming = StreamingExchange.of(exchange);
        if (streaming == null) {
            Hosted.answer(exchange, exchange.getRequestBody().readAllBytes().length + " bytes");
            return;
        }
        streaming.receiveBody(new RequestBodyConsumer() {
            private long count;

            @Override
            public void onBytes(ByteBuffer part) {
                count += part.remaining();
            }

            @Override
            public void onEnd() throws IOException {
                Hosted.answer(exchange, count + " bytes");
            }

            @Override
            public void onFailed(BodyException reason) {}
        });
    }

    @Test
    void theSameHandlerServesHereAndOnAStockServer() throws Exception {
        HttpHandler handler = StreamingTest::countBytes;
        HttpServer stock = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        stock.createContext("/", handler);
        stock.start();
        try (Hosted hosted = new Hosted(http -> http.streaming("/", handler, Long.MAX_VALUE))) {
            for (InetSocketAddress address : new InetSocketAddress[] {hosted.server.address(), stock.getAddress()}) {
                HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.getPort() + "/"))
                        .POST(BodyPublishers.ofByteArray(new byte[3_000_000]))
                        .version(HttpClient.Version.HTTP_1_1)
                        .build();
                assertThat(hosted.client
                                .send(request, HttpResponse.BodyHandlers.ofString())
                                .body())
                        .isEqualTo("3000000 bytes");
            }
        } finally {
            stock.stop(0);
        }
    }
}
