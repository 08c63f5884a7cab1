package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.http.RestProbe.Reply;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RestOnOurServerTest extends RestContract {
    private Hosted hosted;

    @Override
    InetSocketAddress start(RestApi api) {
        hosted = new Hosted(api::addTo);
        return hosted.server.address();
    }

    @Override
    void stop() {
        hosted.close();
    }

    @Test
    void aServerThatStopsAnswersWhoWaits() throws Exception {
        rest().broker.createTopic("orders", 1);
        rest().held.hold("read");
        CompletableFuture<Reply> waiting =
                rest().sendAsync(rest().request("/api/v1/messages?topic=orders&maxWaitMs=60000"));
        rest().releaseFirstRead();
        hosted.close();

        assertThat(waiting.get(20, TimeUnit.SECONDS).is(200).list("messages")).isEmpty();
    }

    @Test
    void publishesThatArriveTogetherAreAppendedTogetherAndAnsweredEach() throws Exception {
        rest().broker.createTopic("orders", 2);
        try (RawPeer peer = hosted.raw()) {
            peer.send(publish("\"topic\":\"orders\",\"partition\":0,\"text\":\"a\"")
                    + publish("\"topic\":\"orders\",\"partition\":2,\"text\":\"b\"")
                    + publish("\"topic\":\"orders\",\"partition\":0,\"text\":\"c\"")
                    + publish("\"topic\":\"orders\",\"partition\":0,\"text\":\"d\",\"ack\":\"synced\"")
                    + publish("\"topic\":\"orders\",\"partition\":0,\"text\":\"e\"")
                    + publish("\"topic\":\"orders\",\"messages\":[{\"partition\":0,\"text\":\"f\"}]")
                    + "GET /api/v1/messages?topic=orders HTTP/1.1\r\nHost: localhost\r\n\r\n");

            assertThat(peer.response()).startsWith("200 ").contains("\"id\":\"orders:0:0\"");
            assertThat(peer.response()).startsWith("404 ").contains("UNKNOWN_PARTITION");
            assertThat(peer.response()).startsWith("200 ").contains("\"id\":\"orders:0:1\"");
            assertThat(peer.response()).startsWith("422 ").contains("DURABILITY_UNAVAILABLE");
            assertThat(peer.response()).startsWith("200 ").contains("\"id\":\"orders:0:2\"");
            assertThat(peer.response()).startsWith("200 ").contains("\"id\":\"orders:0:3\"");
            assertThat(peer.response()).contains("\"a\"", "\"c\"", "\"e\"", "\"f\"");
        }
        assertThat(rest().meters.get("portask.publish.latency").timer().count())
                .as("appends")
                .isEqualTo(3);
    }

    private static String publish(String fields) {
        return "POST " + PUBLISH + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + (fields.length() + 2)
                + "\r\n\r\n{" + fields + "}";
    }

    @Test
    void anEndlessBodyIsRefusedBeforeItsEnd() throws Exception {
        try (RawPeer peer = hosted.raw()) {
            peer.send(
                    "POST /api/v1/topics/orders/messages HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
            peer.send(Integer.toHexString(RestProbe.MAX_BATCH_BYTES + 1) + "\r\n"
                    + "x".repeat(RestProbe.MAX_BATCH_BYTES + 1));

            assertThat(peer.head()).startsWith("HTTP/1.1 413 ");
        }
    }

    @Test
    void aBodyThatIsDeclaredTooLargeIsRefusedBeforeItComes() throws Exception {
        try (RawPeer peer = hosted.raw()) {
            peer.send("POST /api/v1/topics/orders/messages HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 1000000000000\r\n\r\n");

            assertThat(peer.head()).startsWith("HTTP/1.1 413 ");
        }
    }
}
