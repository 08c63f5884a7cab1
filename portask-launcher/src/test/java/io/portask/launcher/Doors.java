package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.broker.SubscribeOptions;
import io.portask.broker.Subscription;
import io.portask.client.Consumer;
import io.portask.client.ConsumerConfig;
import io.portask.client.PortaskClient;
import io.portask.http.HttpConfig;
import io.portask.http.HttpProtocol;
import io.portask.http.RestApi;
import io.portask.http.live.LiveConfig;
import io.portask.http.live.LiveUpgrade;
import io.portask.launcher.MessageDocument.Form;
import io.portask.protocol.PortConfig;
import io.portask.protocol.PortProtocol;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import io.portask.transport.NioServer;
import io.portask.transport.NioServerConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A broker, all doors to it on one port, and a client of each. Each reader reads a partition from its beginning. */
final class Doors implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final Broker broker = Broker.open("memory:");
    private final NioServer server;
    private final PortaskClient port;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Doors() {
        MeterRegistry meters = new SimpleMeterRegistry();
        server = new NioServer(
                NioServerConfig.builder().eventLoops(1).build(),
                List.of(
                        new PortProtocol(broker, PortConfig.defaults(), meters),
                        RestApi.builder(broker)
                                .build()
                                .addTo(HttpProtocol.builder(HttpConfig.defaults(), meters))
                                .upgrade("/ws", new LiveUpgrade(broker, LiveConfig.defaults()))
                                .build()),
                meters);
        server.start();
        port = PortaskClient.connect("127.0.0.1:" + server.address().getPort());
    }

    private String address() {
        return "127.0.0.1:" + server.address().getPort();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + address() + "/api/v1" + path))
                .timeout(PATIENCE);
    }

    private String send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    // Who publishes.

    void publishInProcess(Message message, Form form) {
        broker.publish(message);
    }

    void publishOverPort(Message message, Form form) {
        port.publish(message);
    }

    void publishByRest(Message message, Form form) throws Exception {
        send(request("/messages/publish").POST(BodyPublishers.ofString("{" + addressed(message, form))));
    }

    private static String addressed(Message message, Form form) {
        return "\"topic\":\"" + message.topic() + "\",\"partition\":" + message.partition() + ","
                + MessageDocument.fields(message, form) + "}";
    }

    /** The body is the value; there is room for a key that is text and for a content type. */
    void publishRaw(Message message, Form form) throws Exception {
        String key = message.key() == null
                ? ""
                : "&key="
                        + URLEncoder.encode(new String(message.key(), StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        HttpRequest.Builder request =
                request("/topics/" + message.topic() + "/messages?partition=" + message.partition() + key);
        message.headers()
                .forEach(header ->
                        request.header(header.name(), new String(header.value(), StandardCharsets.ISO_8859_1)));
        send(request.POST(BodyPublishers.ofByteArray(message.value())));
    }

    void publishLines(Message message, Form form) throws Exception {
        send(request("/topics/" + message.topic() + "/messages")
                .header("Content-Type", "application/x-ndjson")
                .POST(BodyPublishers.ofString("\n{\"partition\":" + message.partition() + ","
                        + MessageDocument.fields(message, form) + "}")));
    }

    void publishOverWebSocket(Message message, Form form) throws Exception {
        try (DemoSocket peer = new DemoSocket(http, address(), PATIENCE)) {
            peer.send("{\"type\":\"publish\"," + addressed(message, form));
            assertThat(peer.next()).startsWith("{\"type\":\"ack\",\"id\":");
        }
    }

    // Who reads so many.

    List<String> readInProcess(String topic, int count) {
        try (Subscription subscription =
                broker.subscribe(SubscribeOptions.of(topic).from(StartPosition.earliest()))) {
            return polled(() -> subscription.poll(PATIENCE), count);
        }
    }

    List<String> readOverPort(String topic, int count) {
        try (Consumer consumer = port.consumer(ConsumerConfig.builder()
                .topic(topic)
                .from(StartPosition.earliest())
                .build())) {
            return polled(() -> consumer.poll(PATIENCE), count);
        }
    }

    private static List<String> polled(Supplier<List<ReceivedMessage>> poll, int count) {
        List<String> all = new ArrayList<>();
        while (all.size() < count) {
            poll.get().forEach(message -> all.add(StoredMessage.of(message)));
        }
        return all;
    }

    List<String> fetchByRest(String topic, int count) throws Exception {
        List<String> all = new ArrayList<>();
        for (int offset = 0; offset < count; offset++) {
            String page = send(request("/messages/fetch")
                    .POST(BodyPublishers.ofString(
                            "{\"topic\":\"" + topic + "\",\"partition\":0,\"offset\":" + offset + ",\"limit\":1}")));
            int from = page.indexOf("\"messages\":[") + 12;
            all.add(MessageDocument.read(page.substring(from, page.lastIndexOf("],\"nextOffset\""))));
        }
        return all;
    }

    List<String> readByIds(String topic, int count) throws Exception {
        List<String> all = new ArrayList<>();
        for (int offset = 0; offset < count; offset++) {
            all.add(MessageDocument.read(send(request("/messages/" + topic + ":0:" + offset))));
        }
        return all;
    }

    List<String> readEvents(String topic, int count) throws Exception {
        return stream(topic, "text/event-stream", "data: ", count);
    }

    List<String> readLines(String topic, int count) throws Exception {
        return stream(topic, "application/x-ndjson", "", count);
    }

    private List<String> stream(String topic, String accept, String beginning, int count) throws Exception {
        HttpResponse<InputStream> response = http.send(
                request("/topics/" + topic + "/stream?from=earliest")
                        .header("Accept", accept)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        List<String> all = new ArrayList<>();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            while (all.size() < count) {
                String line = lines.readLine();
                if (line == null) {
                    throw new IOException("The stream ended");
                }
                if (line.startsWith(beginning) && !line.isEmpty()) {
                    all.add(MessageDocument.read(line.substring(beginning.length())));
                }
            }
        }
        return all;
    }

    List<String> readOverWebSocket(String topic, int count) throws Exception {
        try (DemoSocket peer = new DemoSocket(http, address(), PATIENCE)) {
            peer.send("{\"type\":\"subscribe\",\"from\":\"earliest\",\"topic\":\"" + topic + "\"}");
            peer.next();
            List<String> all = new ArrayList<>();
            while (all.size() < count) {
                all.add(MessageDocument.read(peer.next()));
            }
            return all;
        }
    }

    @Override
    public void close() {
        port.close();
        server.close();
        broker.close();
    }
}
