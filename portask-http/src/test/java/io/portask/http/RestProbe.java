package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.portask.broker.Broker;
import io.portask.broker.BrokerConfig;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.admin.AdminControl;
import io.portask.http.admin.ServerState;
import io.portask.net.ConnectionInfo;
import io.portask.net.Connections;
import io.portask.net.SessionInfo;
import io.portask.store.MessageStore;
import io.portask.store.StoreHealth;
import io.portask.store.contract.HeldStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A broker behind REST, with all that a test bends, and a client for it. */
final class RestProbe implements AutoCloseable {
    static final int MAX_BATCH_BYTES = 256 << 10;

    final HeldStore held = new HeldStore();
    final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    final FakeConnections connections = new FakeConnections();
    final FakeAdmin admin = new FakeAdmin();
    volatile ServerState state = ServerState.READY;
    volatile StoreHealth health = new StoreHealth(true, "available");
    final Broker broker;
    final RestApi api;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private InetSocketAddress address;

    RestProbe() {
        broker = Broker.builder()
                .store(withHealth(held.store()))
                .config(BrokerConfig.builder().maxBatchBytes(MAX_BATCH_BYTES).build())
                .meterRegistry(meters)
                .build();
        broker.start();
        api = RestApi.builder(broker)
                .meterRegistry(meters)
                .connections(connections)
                .state(() -> state)
                .admin(admin)
                .version("1.2.3")
                .build();
    }

    private MessageStore withHealth(MessageStore store) {
        return (MessageStore) Proxy.newProxyInstance(
                RestProbe.class.getClassLoader(), new Class<?>[] {MessageStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("health")) {
                        return health;
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    void servedAt(InetSocketAddress listening) {
        address = listening;
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.getPort() + path))
                .timeout(Duration.ofSeconds(20));
    }

    Reply send(HttpRequest.Builder request) throws Exception {
        return new Reply(client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
    }

    CompletableFuture<Reply> sendAsync(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .thenApply(Reply::new);
    }

    Reply get(String path) throws Exception {
        return send(request(path));
    }

    Reply delete(String path) throws Exception {
        return send(request(path).DELETE());
    }

    Reply post(String path, String body) throws Exception {
        return send(request(path).POST(BodyPublishers.ofString(body)));
    }

    Reply patch(String path, String body) throws Exception {
        return send(request(path).method("PATCH", BodyPublishers.ofString(body)));
    }

    Reply lines(String topic, BodyPublisher lines) throws Exception {
        return send(request("/api/v1/topics/" + topic + "/messages")
                .header("Content-Type", "application/x-ndjson")
                .POST(lines));
    }

    void publish(String topic, String... texts) throws Exception {
        for (String text : texts) {
            post("/api/v1/messages/publish", "{\"topic\":\"" + topic + "\",\"text\":\"" + text + "\"}")
                    .is(200);
        }
    }

    /** Lets the first read go on, which was held, and later ones as they come. */
    void releaseFirstRead() {
        while (held.heldCount() == 0) {
            Thread.onSpinWait();
        }
        held.hold("");
        held.release();
    }

    @Override
    public void close() {
        broker.close();
    }

    /** What a client got. */
    record Reply(HttpResponse<String> response) {
        Reply is(int status) {
            assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
            return this;
        }

        /** A problem, whose text has these parts. */
        Reply isProblem(int status, ErrorCode code, String... parts) {
            is(status);
            assertThat(field("content-type")).isEqualTo("application/problem+json");
            assertThat(json()).containsEntry("status", (long) status);
            assertThat(json().get("code")).isEqualTo(code == null ? null : code.name());
            for (String part : parts) {
                assertThat((String) json().get("detail")).contains(part);
            }
            return this;
        }

        Map<String, Object> json() {
            return TestJson.object(TestJson.parse(response.body()));
        }

        Map<String, Object> first(String array) {
            return TestJson.object(list(array).get(0));
        }

        List<Object> list(String name) {
            return TestJson.array(json().get(name));
        }

        /** A field of all objects in an array. */
        List<Object> each(String array, String name) {
            return list(array).stream()
                    .map(one -> TestJson.object(one).get(name))
                    .toList();
        }

        String body() {
            return response.body();
        }

        String field(String name) {
            return response.headers().firstValue(name).orElse(null);
        }
    }

    static final class FakeConnections implements Connections {
        final List<Long> closed = Collections.synchronizedList(new ArrayList<>());

        @Override
        public CompletionStage<List<ConnectionInfo>> connections() {
            return CompletableFuture.completedFuture(List.of(info(8, "http"), info(7, "port")));
        }

        private static ConnectionInfo info(long id, String protocol) {
            return new ConnectionInfo(
                    id,
                    new InetSocketAddress("127.0.0.1", 40_000),
                    new InetSocketAddress("127.0.0.1", 9092),
                    protocol,
                    Instant.ofEpochSecond(1_764_000_000),
                    100,
                    200,
                    3,
                    true,
                    false,
                    new SessionInfo("tester", 4, 5, 6));
        }

        @Override
        public CompletionStage<Boolean> closeConnection(long id, PortaskException reason) {
            closed.add(id);
            return CompletableFuture.completedFuture(id == 7);
        }
    }

    static final class FakeAdmin implements AdminControl {
        final Map<String, String> config = Collections.synchronizedMap(new TreeMap<>(Map.of("log-level", "info")));
        volatile boolean stopped;

        @Override
        public Map<String, String> config() {
            return config;
        }

        @Override
        public void change(Map<String, String> changes) {
            if (!changes.keySet().equals(config.keySet())) {
                throw new PortaskException(ErrorCode.INVALID_REQUEST, "log-level can be changed, nothing else");
            }
            config.putAll(changes);
        }

        @Override
        public void shutdown() {
            stopped = true;
        }
    }
}
