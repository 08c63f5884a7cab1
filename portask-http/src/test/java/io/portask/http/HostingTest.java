package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.HttpLimits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostingTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    @Test
    void aGetIsAnswered() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/hello", Hosted::echo))) {
            HttpResponse<String> response = hosted.get("/hello");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("/hello");
            assertThat(response.headers().firstValue("date")).isPresent();
        }
    }

    @Test
    void whatNobodyServesIsAProblem() throws Exception {
        try (Hosted hosted = new Hosted(http -> {})) {
            HttpResponse<String> response = hosted.get("/nowhere");

            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(response.headers().firstValue("content-type")).hasValue("application/problem+json");
            assertThat(response.body()).contains("\"status\":404");
        }
    }

    @Test
    void theLongestPathServes() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/a", exchange -> Hosted.answer(exchange, "a"))
                .inline("/a/b", exchange -> Hosted.answer(exchange, "a/b"))
                .inline("/", exchange -> Hosted.answer(exchange, "root")))) {
            assertThat(hosted.get("/a/b/c").body()).isEqualTo("a/b");
            assertThat(hosted.get("/a/c").body()).isEqualTo("a");
            assertThat(hosted.get("/x").body()).isEqualTo("root");
        }
    }

    @Test
    void aPathIsServedOnce() {
        assertThatThrownBy(
                        () -> new Hosted(http -> http.inline("/a", Hosted::echo).inline("/a", Hosted::echo)))
                .isInstanceOf(PortaskException.class)
                .hasMessageContaining("\"/a\" is served twice");
    }

    @Test
    void bodiesOfBothFramingsReachInlineAndBlockingHandlers() throws Exception {
        String large = "0123456789abcdef".repeat(40_000);
        try (Hosted hosted =
                new Hosted(http -> http.inline("/inline", Hosted::echo).blocking("/blocking", Hosted::echo, threads))) {
            for (String path : List.of("/inline", "/blocking")) {
                assertThat(hosted.send(hosted.request(path).POST(BodyPublishers.ofString(large)))
                                .body())
                        .isEqualTo(large);
                assertThat(hosted.send(hosted.request(path)
                                        .POST(BodyPublishers.ofInputStream(() ->
                                                new ByteArrayInputStream(large.getBytes(StandardCharsets.UTF_8)))))
                                .body())
                        .isEqualTo(large);
            }
        }
    }

    @Test
    void aResponseOfUnknownLengthIsChunked() throws Exception {
        byte[] part = new byte[3000];
        try (Hosted hosted = new Hosted(http -> http.blocking("/blocking", exchange -> chunks(exchange, part), threads)
                .inline("/inline", exchange -> chunks(exchange, part)))) {
            for (String path : List.of("/inline", "/blocking")) {
                HttpResponse<byte[]> response =
                        hosted.client.send(hosted.request(path).build(), HttpResponse.BodyHandlers.ofByteArray());

                assertThat(response.headers().firstValue("transfer-encoding")).hasValue("chunked");
                assertThat(response.body()).hasSize(100 * part.length);
            }
        }
    }

    private static void chunks(HttpExchange exchange, byte[] part) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        for (int i = 0; i < 100; i++) {
            exchange.getResponseBody().write(part);
        }
        exchange.close();
    }

    @Test
    void aClientOfHttp10GetsTheEndOfTheConnectionForAnUnknownLength() throws Exception {
        try (Hosted hosted = new Hosted(http ->
                        http.inline("/", exchange -> chunks(exchange, "abcd".getBytes(StandardCharsets.UTF_8))));
                RawPeer peer = hosted.raw()) {
            String all = peer.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    .rest();

            assertThat(all)
                    .contains("Connection: close")
                    .doesNotContain("chunked")
                    .endsWith("\r\n\r\n" + "abcd".repeat(100));
        }
    }

    @Test
    void aClientOfHttp10MayKeepTheConnection() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/", Hosted::echo));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.0\r\n\r\n");

            String head = peer.head();
            assertThat(head).contains("Connection: keep-alive");
            assertThat(peer.body(2)).isEqualTo("/a");
            assertThat(peer.rest()).contains("Connection: close").endsWith("/b");
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        try (Hosted hosted = new Hosted(http -> http.inline("/now", Hosted::echo)
                        .inline("/later", unanswered::add)
                        .blocking("/blocking", Hosted::echo, threads));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /later/1 HTTP/1.1\r\n"
                    + "Host: localhost\r\n\r\n"
                    + "GET /now/2 HTTP/1.1\r\n"
                    + "Host: localhost\r\n\r\n"
                    + "GET /later/3 HTTP/1.1\r\n"
                    + "Host: localhost\r\n\r\n"
                    + "GET /blocking/4 HTTP/1.1\r\n"
                    + "Host: localhost\r\n\r\n"
                    + "GET /now/5 HTTP/1.1\r\n"
                    + "Host: localhost\r\n\r\n");
            HttpExchange one = unanswered.take();
            HttpExchange three = unanswered.take();
            Hosted.echo(three);
            Hosted.echo(one);

            List<String> responses = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                responses.add(peer.response());
            }
            assertThat(responses)
                    .containsExactly("200 /later/1", "200 /now/2", "200 /later/3", "200 /blocking/4", "200 /now/5");
        }
    }

    @Test
    void headIsAnsweredWithoutABody() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/", Hosted::echo));
                RawPeer peer = hosted.raw()) {
            peer.send("HEAD /abc HTTP/1.1\r\nHost: localhost\r\n\r\nGET /d HTTP/1.1\r\nHost: localhost\r\n\r\n");

            assertThat(peer.head()).contains("200 OK").contains("Content-length: 4");
            assertThat(peer.response()).isEqualTo("200 /d");
        }
    }

    @Test
    void statusesWithoutABodyHaveNoLength() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/", exchange -> {
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                }));
                RawPeer peer = hosted.raw()) {
            assertThat(peer.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").head())
                    .contains("204 No Content")
                    .doesNotContainIgnoringCase("content-length");
        }
    }

    @Test
    void aClientThatWaitsIsToldToContinue() throws Exception {
        try (Hosted hosted = new Hosted(
                        http -> http.inline("/inline", Hosted::echo).blocking("/blocking", Hosted::echo, threads));
                RawPeer peer = hosted.raw()) {
            for (String path : List.of("/inline", "/blocking")) {
                peer.send("POST " + path
                        + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
                assertThat(peer.head()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
                assertThat(peer.send("hello").response()).isEqualTo("200 hello");
            }
            assertThat(hosted.send(hosted.request("/inline")
                                    .expectContinue(true)
                                    .POST(BodyPublishers.ofString("hi")))
                            .body())
                    .isEqualTo("hi");
        }
    }

    @Test
    void aClientThatWaitsWithTooMuchIsRefusedAtOnce() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/", Hosted::echo));
                RawPeer peer = hosted.raw()) {
            peer.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");

            assertThat(peer.rest()).startsWith("HTTP/1.1 413 ").contains("Connection: close");
        }
    }

    @Test
    void aBlockingHandlerReadsABodyThatComesSlowly() throws Exception {
        LinkedBlockingQueue<Integer> read = new LinkedBlockingQueue<>();
        try (Hosted hosted = new Hosted(http -> http.blocking(
                        "/",
                        exchange -> {
                            for (int octet = exchange.getRequestBody().read();
                                    octet >= 0;
                                    octet = exchange.getRequestBody().read()) {
                                read.add(octet);
                            }
                            Hosted.answer(exchange, "done");
                        },
                        threads));
                RawPeer peer = hosted.raw()) {
            peer.send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (char letter : "abc".toCharArray()) {
                peer.send("1\r\n" + letter + "\r\n");
                assertThat(read.take()).isEqualTo((int) letter);
            }
            assertThat(peer.send("0\r\n\r\n").response()).isEqualTo("200 done");
        }
    }

    @Test
    void aBodyThatNobodyReadsIsHeldBackAndThenDropped() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Hosted hosted = new Hosted(http -> http.blocking(
                        "/ignores",
                        exchange -> {
                            go.countDown();
                            Hosted.answer(exchange, "no matter");
                        },
                        threads));
                RawPeer peer = hosted.raw()) {
            peer.send("POST /ignores HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
            go.await();
            assertThat(peer.response()).isEqualTo("200 no matter");
            peer.send("x".repeat(100_000) + "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(peer.status()).isEqualTo(404);
        }
    }

    @Test
    void whatAHandlerThrowsIsAProblemWithoutInternals() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/defect", exchange -> {
                    throw new IllegalStateException("secret");
                })
                .blocking(
                        "/known",
                        exchange -> {
                            throw new PortaskException(ErrorCode.UNKNOWN_TOPIC, "There is no topic orders");
                        },
                        threads))) {
            HttpResponse<String> defect = hosted.get("/defect");
            assertThat(defect.statusCode()).isEqualTo(500);
            assertThat(defect.body()).doesNotContain("secret").contains("INTERNAL_ERROR");
            HttpResponse<String> known = hosted.get("/known");
            assertThat(known.statusCode()).isEqualTo(404);
            assertThat(known.body())
                    .contains("\"detail\":\"There is no topic orders\"", "urn:portask:error:UNKNOWN_TOPIC");
        }
    }

    @Test
    void anExecutorThatIsFullMeansTryLater() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.blocking("/", Hosted::echo, task -> {
            throw new RejectedExecutionException();
        }))) {
            HttpResponse<String> response = hosted.get("/");

            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.headers().firstValue("retry-after")).isPresent();
        }
    }

    @Test
    void fieldsOfAResponseCannotBreakOutOfTheirLine() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/", exchange -> {
            exchange.getResponseHeaders().put("X", List.of("a\u0000b"));
            Hosted.answer(exchange, "never");
        }))) {
            assertThat(hosted.get("/").statusCode()).isEqualTo(500);
        }
    }

    @Test
    void aRefusedRequestIsAnsweredBehindEarlierOnesAndEndsTheConnection() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        try (Hosted hosted = new Hosted(http -> http.inline("/", unanswered::add));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /first HTTP/1.1\r\n"
                    + "Host: localhost\r\n\r\n"
                    + "GET / HTTP/3.0\r\n\r\n"
                    + "GET / HTTP/1.1\r\n"
                    + "Host: localhost\r\n\r\n");
            Hosted.echo(unanswered.take());

            assertThat(peer.response()).isEqualTo("200 /first");
            assertThat(peer.rest()).startsWith("HTTP/1.1 505 ").contains("Connection: close");
            assertThat(unanswered).isEmpty();
        }
    }

    @Test
    void aHandlerMayEndTheConnection() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/", exchange -> {
                    exchange.getResponseHeaders().set("Connection", "close");
                    Hosted.echo(exchange);
                }));
                RawPeer peer = hosted.raw()) {
            assertThat(peer.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2))
                            .rest())
                    .containsOnlyOnce("200 OK")
                    .endsWith("/x");
        }
    }

    @Test
    void aResponseThatFallsShortBreaksTheConnection() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/", exchange -> {
                    exchange.sendResponseHeaders(200, 10);
                    exchange.getResponseBody().write('x');
                    exchange.close();
                }));
                RawPeer peer = hosted.raw()) {
            assertThat(peer.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").rest())
                    .endsWith("\r\n\r\nx");
        }
    }

    @Test
    void whoStopsSendingWithinAHeadIsToldSo() throws Exception {
        HttpLimits limits = HttpLimits.builder().headTimeoutMs(10).build();
        try (Hosted hosted = new Hosted(
                        HttpConfig.builder().limits(limits).build(), http -> http.inline("/", Hosted::echo));
                RawPeer peer = hosted.raw()) {
            assertThat(peer.send("GET / HTTP/1.1\r\nHos").rest()).startsWith("HTTP/1.1 408 ");
        }
    }

    @Test
    void whoStopsSendingWithinABodyIsToldSo() throws Exception {
        HttpLimits limits = HttpLimits.builder().bodyTimeoutMs(10).build();
        try (Hosted hosted = new Hosted(
                HttpConfig.builder().limits(limits).build(),
                http -> http.inline("/inline", Hosted::echo).blocking("/blocking", Hosted::echo, threads))) {
            for (String path : List.of("/inline", "/blocking")) {
                try (RawPeer peer = hosted.raw()) {
                    peer.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhell");
                    assertThat(peer.rest()).startsWith("HTTP/1.1 408 ").contains("Connection: close");
                }
            }
        }
    }

    @Test
    void anIdleConnectionIsClosed() throws Exception {
        HttpLimits limits = HttpLimits.builder().keepAliveMs(10).build();
        try (Hosted hosted = new Hosted(
                        HttpConfig.builder().limits(limits).build(), http -> http.inline("/", Hosted::echo));
                RawPeer peer = hosted.raw()) {
            assertThat(peer.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n").rest())
                    .endsWith("/x");
        }
    }

    @Test
    void aServerThatStopsFinishesWhatItHasTaken() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        try (Hosted hosted = new Hosted(http -> http.inline("/", unanswered::add));
                RawPeer peer = hosted.raw();
                RawPeer idle = hosted.raw()) {
            idle.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
            Hosted.echo(unanswered.take());
            assertThat(idle.response()).isEqualTo("200 /a");
            peer.send("GET /b HTTP/1.1\r\nHost: localhost\r\n\r\n");
            HttpExchange exchange = unanswered.take();
            Thread closing = new Thread(hosted.server::close);
            closing.start();
            assertThat(idle.rest()).isEmpty();
            Hosted.echo(exchange);

            assertThat(peer.rest())
                    .startsWith("HTTP/1.1 200 ")
                    .contains("Connection: close")
                    .endsWith("/b");
            closing.join();
        }
    }

    @Test
    void aConnectionCanBeUpgradedWithWhatIsPipelinedAroundIt() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        try (Hosted hosted =
                        new Hosted(http -> http.inline("/", unanswered::add).upgrade("/echo", Echo::answer));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /first HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    + "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nleft over");
            Hosted.echo(unanswered.take());

            assertThat(peer.response()).isEqualTo("200 /first");
            assertThat(peer.head())
                    .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
                    .contains("Connection: Upgrade\r\n", "Upgrade: echo\r\n");
            assertThat(peer.body(17)).isEqualTo("welcome left over");
            assertThat(peer.send("GET / HTTP/1.1").body(14)).isEqualTo("GET / HTTP/1.1");
        }
        assertThat(Echo.CLOSED.get()).isNotNull();
    }

    @Test
    void upgradesAreCounted() throws Exception {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (Hosted hosted = new Hosted(HttpConfig.defaults(), meters, http -> http.upgrade("/echo", Echo::answer));
                RawPeer peer = hosted.raw();
                RawPeer refused = hosted.raw()) {
            peer.send("GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
            assertThat(RawPeer.status(peer.head())).isEqualTo(101);
            assertThat(refused.send("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .status())
                    .isEqualTo(426);
        }
        for (String status : List.of("101", "426")) {
            assertThat(meters.get("portask.http.requests")
                            .tags("method", "GET", "route", "/echo", "status", status)
                            .timer()
                            .count())
                    .isEqualTo(1);
        }
    }

    @Test
    void whoSpeaksHttp10CannotUpgrade() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.upgrade("/echo", Echo::answer));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /echo HTTP/1.0\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");

            assertThat(peer.rest()).startsWith("HTTP/1.1 426 ");
        }
    }

    @Test
    void aTargetThatNamesItsServerOverridesTheHost() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline(
                        "/",
                        exchange -> Hosted.answer(
                                exchange,
                                exchange.getRequestURI().getPath() + " "
                                        + exchange.getRequestURI().getRawQuery() + " "
                                        + exchange.getRequestHeaders().getFirst("Host"))));
                RawPeer peer = hosted.raw()) {
            assertThat(peer.send("GET http://127.0.0.1:80?a=%20b HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .response())
                    .isEqualTo("200 / a=%20b 127.0.0.1:80");
            assertThat(peer.send("GET http://stranger.example/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .status())
                    .isEqualTo(403);
        }
    }

    @Test
    void aRefusedUpgradeLeavesHttp() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/", Hosted::echo).upgrade("/echo", Echo::answer));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\nGET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");

            assertThat(peer.response()).startsWith("426 ").contains("Only echo is spoken here");
            assertThat(peer.response()).isEqualTo("200 /x");
        }
    }
}
