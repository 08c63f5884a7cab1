package io.portask.http.rest;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.BodyException;
import io.portask.http.exchange.RequestBodyConsumer;
import io.portask.http.exchange.StreamingExchange;
import io.portask.http.json.ContentType;
import io.portask.http.json.DurabilityWords;
import io.portask.http.json.PublishResultJson;
import io.portask.http.stream.MessageStreams;
import io.portask.record.Durability;
import io.portask.record.Message;
import io.portask.record.StartPosition;
import io.portask.record.TopicNames;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Messages to and from one topic: {@code POST /api/v1/topics/{topic}/messages}, whose body is one message's value or many
 * messages as lines of JSON, and {@code GET /api/v1/topics/{topic}/stream}.
 */
final class TopicMessageOperations {
    private static final int CHUNK_BYTES = 64 << 10;

    private final Broker broker;
    private final MessageStreams streams;

    TopicMessageOperations(Broker broker) {
        this.broker = broker;
        this.streams = new MessageStreams(broker, RestRouter::fail);
    }

    List<Operation> operations() {
        return List.of(
                Operation.streaming(
                        "POST", "/api/v1/topics/{topic}/messages", Set.of("partition", "key", "ack"), this::publish),
                Operation.streaming(
                        "GET", "/api/v1/topics/{topic}/stream", Set.of("partition", "from", "group"), this::follow));
    }

    private HttpHandler follow(RestRequest request) {
        Query query = request.query();
        return streams.follow(
                TopicNames.check(request.path("topic")),
                (int) query.integer("partition", 0, Integer.MAX_VALUE, Message.ANY_PARTITION),
                query.parsed("from", StartPosition::parse),
                query.get("group"),
                request.exchange());
    }

    private HttpHandler publish(RestRequest request) {
        String topic = TopicNames.check(request.path("topic"));
        Query query = request.query();
        Durability named = query.parsed("ack", TopicMessageOperations::durability);
        Durability durability = named == null ? broker.capabilities().defaultDurability() : named;
        String contentType = request.exchange().getRequestHeaders().getFirst("Content-Type");
        if (contentType != null && ContentType.isLines(ContentType.essence(contentType))) {
            if (query.get("partition") != null || query.get("key") != null) {
                throw new PortaskException(
                        ErrorCode.INVALID_REQUEST, "Lines name their partition and key themselves, not the parameters");
            }
            return exchange -> publishLines(exchange, new BulkPublish(broker, topic, durability));
        }
        Function<byte[], Message> message = message(topic, query, contentType);
        return exchange -> publishRaw(exchange, message, durability);
    }

    private static Durability durability(String word) {
        Durability known = DurabilityWords.durability(word);
        if (known == null) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "'" + word + "' is not none, written or synced");
        }
        return known;
    }

    private static Function<byte[], Message> message(String topic, Query query, @Nullable String contentType) {
        int partition = (int) query.integer("partition", 0, Integer.MAX_VALUE, Message.ANY_PARTITION);
        String key = query.get("key");
        byte[] keyBytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        return value -> {
            Message message = Message.of(topic, keyBytes, value).withPartition(partition);
            return contentType == null
                    ? message
                    : message.withHeader(ContentType.NAME, contentType.getBytes(StandardCharsets.ISO_8859_1));
        };
    }

    private void publishRaw(HttpExchange exchange, Function<byte[], Message> message, Durability durability)
            throws IOException {
        WholeBody.receive(
                exchange,
                StreamingExchange.of(exchange),
                broker.config().maxBatchBytes(),
                "A message",
                value -> broker.publishAsync(message.apply(value), durability)
                        .thenApply(
                                result -> RestAnswer.object(200, json -> PublishResultJson.writeFields(json, result))));
    }

    private static void publishLines(HttpExchange exchange, BulkPublish lines) throws IOException {
        StreamingExchange pushed = StreamingExchange.of(exchange);
        if (pushed != null) {
            RestRouter.answer(exchange, lines.answer());
            pushed.receiveBody(new PushedLines(pushed, lines));
            return;
        }
        readLines(exchange.getRequestBody(), lines);
        // Not before, for an exchange is used by one thread at a time.
        RestRouter.answer(exchange, lines.answer());
    }

    private static void readLines(InputStream in, BulkPublish lines) throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        try {
            for (int got = in.read(chunk); got >= 0 && !lines.hasFailed(); got = in.read(chunk)) {
                lines.accept(ByteBuffer.wrap(chunk, 0, got));
                lines.relieved().toCompletableFuture().join();
            }
        } catch (IOException e) {
            lines.abort(e);
            throw e;
        }
        lines.end();
    }

    /** Feeds lines as they arrive, no faster than they can be published. */
    private record PushedLines(StreamingExchange exchange, BulkPublish lines) implements RequestBodyConsumer {
        @Override
        public void onBytes(ByteBuffer part) {
            lines.accept(part);
            CompletionStage<@Nullable Void> relieved = lines.relieved();
            if (!relieved.toCompletableFuture().isDone()) {
                exchange.pauseBody();
                relieved.whenComplete((nothing, error) -> exchange.resumeBody());
            }
        }

        @Override
        public void onEnd() {
            lines.end();
        }

        @Override
        public void onFailed(BodyException reason) {
            lines.abort(reason);
        }
    }
}
