package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.portask.http.exchange.HttpLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What bounds a connection with several requests under way, and what ends it. */
class PipeliningTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    @Test
    void answersBehindALateOneAreBounded() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        AtomicInteger answered = new AtomicInteger();
        HttpLimits limits = HttpLimits.builder().maxHeldBytes(1024).build();
        try (Hosted hosted = new Hosted(
                        HttpConfig.builder().limits(limits).build(),
                        http -> http.inline("/later", unanswered::add).inline("/now", exchange -> {
                            answered.incrementAndGet();
                            Hosted.answer(exchange, "x".repeat(600));
                        }));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    + "GET /now HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(20));
            HttpExchange late = unanswered.take();
            // The loop that read these has tried them all, or will never.
            assertThat(hosted.server.connections().toCompletableFuture().get()).hasSize(1);
            assertThat(answered.get()).isLessThanOrEqualTo(2);
            Hosted.echo(late);

            assertThat(peer.response()).isEqualTo("200 /later");
            for (int i = 0; i < 20; i++) {
                assertThat(peer.status()).isEqualTo(200);
            }
        }
    }

    @Test
    void answersUnderWayThatBecomeFarTooManyEndTheConnection() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        HttpLimits limits = HttpLimits.builder().maxHeldBytes(1024).build();
        try (Hosted hosted = new Hosted(
                        HttpConfig.builder().limits(limits).build(), http -> http.inline("/", unanswered::add));
                RawPeer peer = hosted.raw()) {
            peer.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(40));
            HttpExchange first = unanswered.take();
            assertThatThrownBy(() -> {
                        for (int i = 1; i < 40; i++) {
                            Hosted.answer(unanswered.take(), "x".repeat(600));
                            // The loop has had the answer.
                            hosted.server.connections().toCompletableFuture().get();
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("bytes of answers wait");

            assertThat(peer.rest()).isEmpty();
            assertThat(first.getResponseCode()).isEqualTo(-1);
        }
    }

    @Test
    void aClientThatHasEndedItsSideIsStillAnswered() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        try (Hosted hosted = new Hosted(
                        http -> http.inline("/", unanswered::add).blocking("/blocking", Hosted::echo, threads));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\nGET /blocking/y HTTP/1.1\r\nHost: localhost\r\n\r\n");
            peer.socket.shutdownOutput();
            HttpExchange first = unanswered.take();
            // Two turns of the loop: the end of the input was seen in one of them.
            assertThat(hosted.server.connections().toCompletableFuture().get()).hasSize(1);
            assertThat(hosted.server.connections().toCompletableFuture().get()).hasSize(1);
            Hosted.echo(first);

            assertThat(peer.response()).isEqualTo("200 /x");
            assertThat(peer.rest()).startsWith("HTTP/1.1 200 ").endsWith("/blocking/y");
        }
    }

    @Test
    void aClientThatHasEndedItsSideDoesNotWaitForEver() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        HttpLimits limits = HttpLimits.builder().keepAliveMs(10).build();
        try (Hosted hosted = new Hosted(
                        HttpConfig.builder().limits(limits).build(), http -> http.inline("/", unanswered::add));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
            unanswered.take();
            peer.socket.shutdownOutput();

            assertThat(peer.rest()).isEmpty();
        }
    }

    @Test
    void aRequestThatIsCutOffIsRefused() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/", Hosted::echo));
                RawPeer peer = hosted.raw();
                RawPeer other = hosted.raw()) {
            peer.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhe");
            peer.socket.shutdownOutput();
            assertThat(peer.rest()).startsWith("HTTP/1.1 400 ");
            other.send("GET /x HT");
            other.socket.shutdownOutput();
            assertThat(other.rest()).startsWith("HTTP/1.1 400 ");
        }
    }

    @Test
    void anEndInFrontOfAHalfReceivedRequestEndsTheConnection() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        try (Hosted hosted = new Hosted(http -> http.inline("/", unanswered::add));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\nPOST /y HTTP/1.1\r\nHost: localhost\r\n"
                    + "Content-Length: 5\r\n\r\nhe");
            HttpExchange first = unanswered.take();
            first.getResponseHeaders().set("Connection", "close");
            Hosted.echo(first);

            assertThat(peer.rest()).containsOnlyOnce("200 OK").endsWith("/x");
        }
    }

    @Test
    void onlyTheLastAnswerSaysThatItIsTheLast() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        try (Hosted hosted = new Hosted(http -> http.inline("/", unanswered::add));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    + "GET /y HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            HttpExchange first = unanswered.take();
            HttpExchange second = unanswered.take();
            Hosted.echo(first);
            Hosted.echo(second);

            assertThat(peer.head()).doesNotContain("Connection: close");
            assertThat(peer.body(2)).isEqualTo("/x");
            assertThat(peer.rest()).contains("Connection: close").endsWith("/y");
        }
    }

    @Test
    void unansweredRequestsAreBounded() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        HttpLimits limits = HttpLimits.builder().maxPipelined(3).build();
        try (Hosted hosted = new Hosted(
                        HttpConfig.builder().limits(limits).build(), http -> http.inline("/", unanswered::add));
                RawPeer peer = hosted.raw()) {
            peer.send("GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(10));
            List<HttpExchange> taken = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                taken.add(unanswered.take());
            }
            // The loop that read these has tried the fourth, or will never.
            assertThat(hosted.server.connections().toCompletableFuture().get()).hasSize(1);
            assertThat(unanswered).isEmpty();
            for (HttpExchange each : taken) {
                Hosted.echo(each);
            }
            for (int i = 3; i < 10; i++) {
                Hosted.echo(unanswered.take());
            }
        }
    }

    @Test
    void bodiesOfUnansweredRequestsAreBounded() throws Exception {
        LinkedBlockingQueue<HttpExchange> unanswered = new LinkedBlockingQueue<>();
        HttpLimits limits = HttpLimits.builder().maxBodyBytes(1000).build();
        try (Hosted hosted = new Hosted(
                        HttpConfig.builder().limits(limits).build(), http -> http.inline("/", unanswered::add));
                RawPeer peer = hosted.raw()) {
            peer.send(
                    ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 600\r\n\r\n" + "x".repeat(600)).repeat(3));
            HttpExchange one = unanswered.take();
            HttpExchange two = unanswered.take();
            assertThat(hosted.server.connections().toCompletableFuture().get()).hasSize(1);
            assertThat(unanswered).isEmpty();
            Hosted.answer(one, "1");
            Hosted.answer(two, "2");
            assertThat(unanswered.take()).isNotNull();
        }
    }
}
