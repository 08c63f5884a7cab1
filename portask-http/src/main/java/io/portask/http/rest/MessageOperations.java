package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.StatusException;
import io.portask.http.exchange.StreamingExchange;
import io.portask.http.feed.StoredMessages;
import io.portask.http.json.JsonInput;
import io.portask.http.json.MessageJson;
import io.portask.http.json.PublishRequest;
import io.portask.http.json.PublishResultJson;
import io.portask.record.Durability;
import io.portask.record.MessageId;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import io.portask.record.TopicNames;
import io.portask.record.TopicPartition;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Messages: published, fetched, looked up and deleted. */
final class MessageOperations {
    private final Broker broker;
    private final TurnPublishes publishes;
    private final Fetches fetches;

    MessageOperations(Broker broker, TurnPublishes publishes) {
        this.broker = broker;
        this.publishes = publishes;
        this.fetches = new Fetches(broker);
    }

    List<Operation> operations() {
        return List.of(
                Operation.gathered("POST", "/api/v1/messages/publish", this::publish),
                Operation.of("POST", "/api/v1/messages/fetch", this::fetch),
                Operation.of(
                        "GET",
                        "/api/v1/messages",
                        Set.of("topic", "partition", "offset", "from", "limit", "maxWaitMs"),
                        this::fetchByQuery),
                Operation.of("GET", "/api/v1/messages/{id}", this::get),
                Operation.of("DELETE", "/api/v1/messages/{id}", this::delete));
    }

    private CompletionStage<RestAnswer> publish(RestRequest request) {
        byte[] body = request.body();
        PublishRequest publish = PublishRequest.parse(body, 0, body.length);
        Durability named = publish.durability();
        Durability durability = named == null ? broker.capabilities().defaultDurability() : named;
        StreamingExchange hosted = StreamingExchange.of(request.exchange());
        if (publish.single() && hosted != null && hosted.isOnLoop()) {
            return publishes
                    .publish(hosted, publish.messages().get(0), durability)
                    .thenApply(result -> RestAnswer.object(200, json -> PublishResultJson.writeFields(json, result)));
        }
        publishes.settle();
        return broker.publishAllAsync(publish.messages(), durability)
                .thenApply(results ->
                        RestAnswer.object(200, json -> PublishResultJson.writeFields(json, results, publish.single())));
    }

    private static final class FetchFields extends PlaceFields {
        private @Nullable StartPosition from;
        private int limit = Fetches.DEFAULT_LIMIT;
        private int maxWaitMs;

        @Override
        boolean readMore(JsonInput in, String name) {
            switch (name) {
                case "offset" -> from(in, StartPosition.offset(in.integer(0, Long.MAX_VALUE)));
                case "from" -> from(in, position(in));
                case "limit" -> limit = (int) in.integer(1, Fetches.MAX_LIMIT);
                case "maxWaitMs" -> maxWaitMs = (int) in.integer(0, Fetches.MAX_WAIT_MS);
                default -> {
                    return false;
                }
            }
            return true;
        }

        private void from(JsonInput in, StartPosition position) {
            if (from != null) {
                throw in.refused("is one too many: give offset or from, not both");
            }
            from = position;
        }
    }

    private CompletionStage<RestAnswer> fetch(RestRequest request) {
        FetchFields fields = request.json(new FetchFields());
        Integer partition = fields.partition();
        return fetches.fetch(
                request.exchange(),
                new TopicPartition(fields.topic(), partition == null ? 0 : partition),
                fields.from == null ? StartPosition.earliest() : fields.from,
                fields.limit,
                fields.maxWaitMs);
    }

    private CompletionStage<RestAnswer> fetchByQuery(RestRequest request) {
        Query query = request.query();
        String topic = TopicNames.check(query.required("topic"));
        StartPosition from = query.parsed("from", Fetches::start);
        if (query.get("offset") != null) {
            if (from != null) {
                throw new PortaskException(ErrorCode.INVALID_REQUEST, "Give offset or from, not both");
            }
            from = StartPosition.offset(query.integer("offset", 0, Long.MAX_VALUE, 0));
        }
        return fetches.fetch(
                request.exchange(),
                new TopicPartition(topic, (int) query.integer("partition", 0, Integer.MAX_VALUE, 0)),
                from == null ? StartPosition.earliest() : from,
                (int) query.integer("limit", 1, Fetches.MAX_LIMIT, Fetches.DEFAULT_LIMIT),
                (int) query.integer("maxWaitMs", 0, Fetches.MAX_WAIT_MS, 0));
    }

    private CompletionStage<RestAnswer> get(RestRequest request) {
        MessageId id = MessageId.parse(request.path("id"));
        TopicPartition partition = new TopicPartition(id.topic(), id.partition());
        return broker.fetchAsync(partition, id.offset(), 1).handle((result, error) -> {
            if (error != null) {
                PortaskException known = PortaskException.of(error);
                throw known.code() == ErrorCode.OFFSET_OUT_OF_RANGE ? noMessage(id) : known;
            }
            ReceivedMessage[] found = new ReceivedMessage[1];
            StoredMessages.visit(result, partition, id.offset(), message -> {
                if (found[0] == null && message.offset() == id.offset()) {
                    found[0] = message;
                }
                return found[0] == null && message.offset() < id.offset();
            });
            if (found[0] == null) {
                throw noMessage(id);
            }
            return RestAnswer.object(200, json -> MessageJson.sendFields(json, found[0]));
        });
    }

    private CompletionStage<RestAnswer> delete(RestRequest request) {
        MessageId id = MessageId.parse(request.path("id"));
        return broker.deleteMessagesAsync(new TopicPartition(id.topic(), id.partition()), List.of(id.offset()))
                .thenApply(deleted -> {
                    if (deleted == 0) {
                        throw noMessage(id);
                    }
                    return RestAnswer.noContent();
                });
    }

    private static StatusException noMessage(MessageId id) {
        return new StatusException(404, "There is no message " + id + "; it was never published, deleted, or trimmed");
    }
}
