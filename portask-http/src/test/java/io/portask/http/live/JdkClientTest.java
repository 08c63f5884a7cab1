package io.portask.http.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.http.HttpConfig;
import io.portask.http.HttpProtocol;
import io.portask.record.Message;
import io.portask.transport.NioServer;
import io.portask.transport.NioServerConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The WebSocket of the JDK, over sockets, against {@code /ws}. */
@Timeout(60)
class JdkClientTest {
    private final Broker broker = Broker.open("memory:");
    private final NioServer server = new NioServer(
            NioServerConfig.builder().host("127.0.0.1").port(0).build(),
            List.of(HttpProtocol.builder(HttpConfig.defaults(), new SimpleMeterRegistry())
                    .upgrade("/ws", new LiveUpgrade(broker, LiveConfig.defaults()))
                    .build()),
            new SimpleMeterRegistry());
    private final Listener listener = new Listener();

    /** Takes messages one by one, as its test takes them. */
    private static final class Listener implements WebSocket.Listener {
        private final LinkedBlockingQueue<String> messages = new LinkedBlockingQueue<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final StringBuilder partial = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                messages.add(partial.toString());
                partial.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
            messages.add("pong of " + message.remaining());
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(code);
            return null;
        }

        String next() throws InterruptedException {
            String message = messages.poll(30, TimeUnit.SECONDS);
            assertThat(message).as("a message in time").isNotNull();
            return message;
        }
    }

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        server.close();
        broker.close();
    }

    private WebSocket connect() {
        return HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .subprotocols(LiveUpgrade.SUBPROTOCOL)
                .buildAsync(URI.create("ws://127.0.0.1:" + server.address().getPort() + "/ws"), listener)
                .join();
    }

    @Test
    void messagesOfAllSizesGoThereAndBack() throws InterruptedException {
        WebSocket socket = connect();
        assertThat(socket.getSubprotocol()).isEqualTo(LiveUpgrade.SUBPROTOCOL);
        socket.sendText("{\"type\":\"subscribe\",\"topic\":\"t\"}", true).join();
        assertThat(listener.next()).startsWith("{\"type\":\"ack\",\"subscription\":1,");
        for (int size : new int[] {0, 1, 100, 200, 70_000, 1_000_000}) {
            String text = "é".repeat(size);
            socket.sendText("{\"type\":\"publish\",\"topic\":\"t\",", false).join();
            socket.sendText("\"text\":\"" + text + "\"}", true).join();
            String[] both = {listener.next(), listener.next()};
            assertThat(both).anyMatch(message -> message.startsWith("{\"type\":\"ack\""));
            assertThat(both).anyMatch(message -> message.endsWith("\"text\":\"" + text + "\"}"));
        }
        socket.sendPing(ByteBuffer.wrap(new byte[100])).join();
        assertThat(listener.next()).isEqualTo("pong of 100");
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "done").join();
        assertThat(listener.closed.join()).isEqualTo(WebSocket.NORMAL_CLOSURE);
    }

    @Test
    void manyMessagesComeInOrder() throws InterruptedException {
        int count = 20_000;
        broker.publishAll(IntStream.range(0, count)
                .mapToObj(i -> Message.of("t", "number " + i))
                .toList());
        connect().sendText("{\"type\":\"subscribe\",\"topic\":\"t\"}", true).join();
        listener.next();
        for (int i = 0; i < count; i++) {
            assertThat(listener.next()).endsWith("\"text\":\"number " + i + "\"}");
        }
    }

    @Test
    void aServerThatStopsSaysGoodbye() throws InterruptedException {
        WebSocket socket = connect();
        socket.sendText("{\"type\":\"ping\"}", true).join();
        assertThat(listener.next()).isEqualTo("{\"type\":\"pong\"}");
        server.close();
        assertThat(listener.closed.join()).isEqualTo(1001);
    }

    @Test
    void binaryMessagesAreRefusedByTheirCode() {
        WebSocket socket = connect();
        socket.sendBinary(ByteBuffer.wrap(new byte[1]), true).join();
        assertThat(listener.closed.join()).isEqualTo(1003);
    }
}
