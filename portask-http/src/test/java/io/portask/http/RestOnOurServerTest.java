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
