package io.portask.http.live;

import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.Problem;
import io.portask.http.feed.PortionBudget;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.JsonInput;
import io.portask.http.json.PublishRequest;
import io.portask.http.json.PublishResultJson;
import io.portask.http.websocket.CloseCode;
import io.portask.http.websocket.WebSocketListener;
import io.portask.http.websocket.WebSocketSession;
import io.portask.net.Connection;
import io.portask.record.Durability;
import io.portask.record.MessageId;
import io.portask.record.TopicPartition;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of {@code /ws}: its requests in flight, their answers, its subscriptions. On the connection's thread. A client
 * that says nothing costs this object.
 */
final class LiveSession implements WebSocketListener {
    private static final Logger LOG = LoggerFactory.getLogger(LiveSession.class);

    private static final ThreadLocal<JsonBuffer> JSON = ThreadLocal.withInitial(JsonBuffer::new);

    private final Broker broker;
    private final LiveConfig config;
    private final PortionBudget portions;
    private final WebSocketSession socket;
    private @Nullable LiveSubscriptions subscriptions;
    private @Nullable LiveMembers members;
    private int inFlight;
    private long inFlightBytes;
    private boolean paused;
    /** Shutting down: what is in flight is answered, nothing more is taken. */
    private boolean draining;

    /** @param portions for all sessions */
    LiveSession(Broker broker, LiveConfig config, PortionBudget portions, WebSocketSession socket) {
        this.broker = broker;
        this.config = config;
        this.portions = portions;
        this.socket = socket;
    }

    Broker broker() {
        return broker;
    }

    LiveConfig config() {
        return config;
    }

    PortionBudget portions() {
        return portions;
    }

    Connection connection() {
        return socket.connection();
    }

    boolean isWritable() {
        return socket.isWritable();
    }

    // In

    @Override
    public void onText(ByteBuffer utf8) {
        int from = utf8.arrayOffset() + utf8.position();
        int size = utf8.remaining();
        LiveRequest request = new LiveRequest();
        if (members != null) {
            members.beat();
        }
        try {
            JsonInput.readObject(utf8.array(), from, from + size, request);
            handle(request, size);
        } catch (RuntimeException e) {
            byte[] requestId = request.requestId();
            error(
                    requestId == null ? LiveRequest.findRequestId(utf8.array(), from, from + size) : requestId,
                    PortaskException.of(e));
        }
    }

    private void handle(LiveRequest request, int size) {
        switch (request.checkedType()) {
            case "publish" -> publish(request, size);
            case "subscribe" -> subscriptions().subscribe(request);
            case "unsubscribe" -> unsubscribe(request);
            case "credit" -> addCredit(request.subscription(), request.requiredCredit());
            case "ack" -> commit(request, size);
            case "join" -> members().join(request);
            case "release" -> members().release(request, size);
            case "leave" -> members().leave(request, size);
            default -> send("pong", request.requestId(), json -> {});
        }
    }

    private void publish(LiveRequest request, int size) {
        PublishRequest publish = request.toPublish();
        Durability wanted = publish.durability();
        answer(
                request,
                size,
                broker.publishAllAsync(
                        publish.messages(),
                        wanted == null ? broker.capabilities().defaultDurability() : wanted),
                (json, results) -> PublishResultJson.writeFields(json, results, publish.single()));
    }

    private void addCredit(int subscription, long messages) {
        if (members == null || !members.addCredit(subscription, messages)) {
            subscriptions().addCredit(subscription, messages);
        }
    }

    private void commit(LiveRequest request, int size) {
        if (request.isOfMember()) {
            members().commit(request, size);
            return;
        }
        MessageId id = request.id();
        String group = request.requiredGroup();
        TopicPartition partition = new TopicPartition(id.topic(), id.partition());
        answer(request, size, broker.commitAsync(group, Map.of(partition, id.offset() + 1)), (json, nothing) -> {
            json.name("group").string(group);
            json.name("id").string(id.toString());
        });
    }

    private void unsubscribe(LiveRequest request) {
        int id = request.subscription();
        subscriptions().unsubscribe(id);
        send("ack", request.requestId(), json -> json.name("subscription").number(id));
    }

    @Override
    public void onBinary(ByteBuffer bytes) {
        socket.close(
                CloseCode.UNSUPPORTED_DATA,
                new PortaskException(ErrorCode.UNSUPPORTED_OPERATION, "Messages are JSON here, as text"));
    }

    // Requests in flight

    /** Answers with an ack when the stage completes: at once if it has. */
    <T extends @Nullable Object> void answer(
            LiveRequest request, int size, CompletionStage<T> stage, BiConsumer<JsonBuffer, T> fields) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        if (future.isDone()) {
            answerNow(request.requestId(), future, fields);
            return;
        }
        inFlight++;
        inFlightBytes += size;
        if (inFlight >= config.maxInFlight() || inFlightBytes >= config.maxMessageBytes()) {
            paused = true;
            socket.pauseReading();
        }
        byte[] requestId = request.requestId();
        stage.whenComplete((result, error) -> connection().execute(() -> {
            inFlight--;
            inFlightBytes -= size;
            answerNow(requestId, future, fields);
            onAnswered();
        }));
    }

    private <T extends @Nullable Object> void answerNow(
            byte @Nullable [] requestId, CompletableFuture<T> done, BiConsumer<JsonBuffer, T> fields) {
        T result;
        try {
            result = done.join();
        } catch (CompletionException e) {
            error(requestId, PortaskException.of(e));
            return;
        }
        send("ack", requestId, json -> fields.accept(json, result));
    }

    private void onAnswered() {
        if (draining) {
            finishIfDrained();
        } else if (paused && inFlight <= config.maxInFlight() / 2 && inFlightBytes <= config.maxMessageBytes() / 2) {
            paused = false;
            socket.resumeReading();
        }
    }

    private void finishIfDrained() {
        if (inFlight == 0) {
            socket.close(
                    CloseCode.GOING_AWAY, new PortaskException(ErrorCode.SHUTTING_DOWN, "The server is shutting down"));
        }
    }

    // Out

    /** Sends one object; what the fields write stands behind type and requestId. */
    void send(String type, byte @Nullable [] requestId, Consumer<JsonBuffer> fields) {
        JsonBuffer json = JSON.get().reset();
        json.beginObject().name("type").string(type);
        if (requestId != null) {
            json.name("requestId").json(requestId);
        }
        fields.accept(json);
        json.endObject();
        socket.sendText(json.view());
    }

    private void error(byte @Nullable [] requestId, PortaskException error) {
        error(requestId, error, json -> {});
    }

    /** @param more what the error is about, beside the request */
    void error(byte @Nullable [] requestId, PortaskException error, Consumer<JsonBuffer> more) {
        if (error.code() == ErrorCode.INTERNAL_ERROR) {
            LOG.error("Connection {}: {}", connection().id(), error.getMessage(), error);
        }
        send("error", requestId, json -> {
            more.accept(json);
            json.name("code").string(error.code().name());
            json.name("retriable").bool(error.code().retriable());
            json.name("message").string(Problem.of(error).detail());
        });
    }

    // The socket's events

    @Override
    public void onWritable() {
        if (subscriptions != null) {
            subscriptions.onWritable();
        }
    }

    @Override
    public int subscriptionCount() {
        return (subscriptions == null ? 0 : subscriptions.count()) + (members == null ? 0 : members.count());
    }

    @Override
    public void onShutdown() {
        draining = true;
        endSubscriptions();
        socket.pauseReading();
        finishIfDrained();
    }

    @Override
    public void onClosed(PortaskException reason) {
        endSubscriptions();
    }

    private void endSubscriptions() {
        if (members != null) {
            members.endAll();
        }
        if (subscriptions != null) {
            subscriptions.endAll();
        }
    }

    private LiveSubscriptions subscriptions() {
        LiveSubscriptions known = subscriptions;
        if (known == null) {
            known = new LiveSubscriptions(this);
            subscriptions = known;
        }
        return known;
    }

    private LiveMembers members() {
        LiveMembers known = members;
        if (known == null) {
            known = new LiveMembers(this, subscriptions());
            members = known;
        }
        return known;
    }
}
