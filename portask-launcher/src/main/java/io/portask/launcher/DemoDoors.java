package io.portask.launcher;

import io.portask.client.Consumer;
import io.portask.client.ConsumerConfig;
import io.portask.client.PortaskClient;
import io.portask.client.Producer;
import io.portask.record.ReceivedMessage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One message through each door of a server, and all of them back through each door. */
final class DemoDoors {
    private static final String TOPIC = "doors";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PortaskClient client;
    private final String address;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    /** @param address of HTTP and WebSocket */
    DemoDoors(PortaskClient client, String address) {
        this.client = client;
        this.address = address;
    }

    private static String text(String door) {
        return "hello over " + door;
    }

    /** Publishes {@code hello over DOOR} through each. */
    List<String> publish() throws IOException, InterruptedException {
        try (Producer producer = client.producer()) {
            producer.send(TOPIC, 0, null, text("TCP").getBytes(StandardCharsets.UTF_8), null);
            producer.flush();
        }
        send(request("/api/v1/messages/publish").POST(BodyPublishers.ofString(message("HTTP"))));
        try (DemoSocket socket = new DemoSocket(http, address, PATIENCE)) {
            socket.send("{\"type\":\"publish\"," + message("WebSocket").substring(1));
            socket.next();
        }
        return List.of(text("TCP"), text("HTTP"), text("WebSocket"));
    }

    private static String message(String door) {
        return "{\"topic\":\"" + TOPIC + "\",\"partition\":0,\"text\":\"" + text(door) + "\"}";
    }

    /** What each door has of the texts, in the order of the offsets. */
    Map<String, List<String>> consume(List<String> texts) throws IOException, InterruptedException {
        Map<String, List<String>> seen = new LinkedHashMap<>();
        seen.put("TCP", overTcp(texts.size()));
        String page = send(request("/api/v1/messages?topic=" + TOPIC + "&partition=0&offset=0&limit=10"));
        seen.put("HTTP", found(texts, page));
        try (DemoSocket socket = new DemoSocket(http, address, PATIENCE)) {
            socket.send("{\"type\":\"subscribe\",\"topic\":\"" + TOPIC + "\",\"from\":\"earliest\"}");
            socket.next();
            StringBuilder messages = new StringBuilder();
            for (int i = 0; i < texts.size(); i++) {
                messages.append(socket.next());
            }
            seen.put("WebSocket", found(texts, messages.toString()));
        }
        return seen;
    }

    private List<String> overTcp(int count) {
        List<String> texts = new ArrayList<>();
        try (Consumer consumer =
                client.consumer(ConsumerConfig.builder().topic(TOPIC).build())) {
            while (texts.size() < count) {
                List<ReceivedMessage> messages = consumer.poll(PATIENCE);
                if (messages.isEmpty()) {
                    break;
                }
                messages.forEach(message -> texts.add(message.text()));
            }
        }
        return texts;
    }

    /** The texts that the JSON has, in its order. */
    private static List<String> found(List<String> texts, String json) {
        return texts.stream()
                .filter(text -> json.contains("\"text\":\"" + text + "\""))
                .sorted((left, right) -> Integer.compare(json.indexOf(left), json.indexOf(right)))
                .toList();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + address + path)).timeout(PATIENCE);
    }

    private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString()).body();
    }
}
