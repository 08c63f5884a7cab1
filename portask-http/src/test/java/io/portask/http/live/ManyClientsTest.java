package io.portask.http.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.http.HttpConfig;
import io.portask.http.HttpProtocol;
import io.portask.http.RestApi;
import io.portask.record.Message;
import io.portask.transport.ConnectionConfig;
import io.portask.transport.NioServer;
import io.portask.transport.NioServerConfig;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many clients over sockets that are idle, or take nothing: what they cost is bounded, and nobody else waits for them. */
@Timeout(120)
class ManyClientsTest {
    private static final int IDLE = 400;
    private static final int STALLED = 100;
    private static final int MESSAGES = 64;
    private static final int MESSAGE_BYTES = 64 << 10;
    private static final int HIGH_WATERMARK = 256 << 10;

    private final Broker broker = Broker.open("memory:");
    private final NioServer server = new NioServer(
            NioServerConfig.builder()
                    .eventLoops(1)
                    .connection(ConnectionConfig.builder()
                            .highWatermark(HIGH_WATERMARK)
                            .lowWatermark(HIGH_WATERMARK / 4)
                            .sendBufferBytes(16 << 10)
                            .build())
                    .build(),
            List.of(RestApi.builder(broker)
                    .build()
                    .addTo(HttpProtocol.builder(HttpConfig.defaults(), new SimpleMeterRegistry()))
                    .upgrade("/ws", new LiveUpgrade(broker, LiveConfig.defaults()))
                    .build()),
            new SimpleMeterRegistry());
    private final List<Socket> clients = new ArrayList<>();

    @BeforeEach
    void start() {
        server.start();
        broker.createTopic("quiet", 1);
        broker.createTopic("busy", 1);
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket client : clients) {
            client.close();
        }
        server.close();
        broker.close();
    }

    @Test
    void idleClientsCostLittleHeap() throws IOException {
        subscribe(10, "quiet");
        long before = used();
        subscribe(IDLE, "quiet");
        assertThat((used() - before) / IDLE)
                .as("bytes of heap for each, with its socket here")
                .isLessThan(12 << 10);
    }

    @Test
    void stalledClientsAreBoundedDisturbNobodyAndMissNothing() throws Exception {
        subscribe(STALLED, "busy");
        for (int i = 0; i < MESSAGES; i++) {
            broker.publish(Message.of("busy", i + "x".repeat(MESSAGE_BYTES)));
            assertThat(server.connections().toCompletableFuture().join())
                    .allMatch(connection -> connection.queuedBytes() < HIGH_WATERMARK + 2 * MESSAGE_BYTES);
        }
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(
                                        "http://127.0.0.1:" + server.address().getPort() + "/api/v1/messages/publish"))
                                .POST(HttpRequest.BodyPublishers.ofString("{\"topic\":\"quiet\",\"text\":\"\"}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);

        DataInputStream in = new DataInputStream(clients.get(STALLED / 2).getInputStream());
        for (int i = 0; i < MESSAGES; i++) {
            assertThat(frame(in)).contains("\"offset\":" + i + ",").endsWith("x\"}");
        }
    }

    private void subscribe(int count, String topic) throws IOException {
        for (int i = 0; i < count; i++) {
            Socket socket = new Socket();
            socket.setReceiveBufferSize(4 << 10);
            socket.connect(server.address());
            clients.add(socket);
            String request = "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder head = new StringBuilder();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.readByte());
            }
            byte[] frame = ("\u0001\u0000\u0000\u0000\u0000\u0000{\"type\":\"subscribe\",\"topic\":\"" + topic + "\"}")
                    .getBytes(StandardCharsets.US_ASCII);
            frame[0] = (byte) 0x81;
            frame[1] = (byte) (0x80 | (frame.length - 6));
            socket.getOutputStream().write(frame);
            assertThat(frame(in)).startsWith("{\"type\":\"ack\"");
        }
    }

    private static String frame(DataInputStream in) throws IOException {
        in.readByte();
        int first = in.readUnsignedByte();
        long size = first == 127 ? in.readLong() : first == 126 ? in.readUnsignedShort() : first;
        return new String(in.readNBytes((int) size), StandardCharsets.UTF_8);
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
