package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.JsonInput;
import io.portask.record.TopicNames;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import io.portask.store.TopicSpec;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Topics: listed, created, described, configured and deleted. */
final class TopicOperations {
    private final Broker broker;

    TopicOperations(Broker broker) {
        this.broker = broker;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of("GET", "/api/v1/topics", request -> list()),
                Operation.of("POST", "/api/v1/topics", this::create),
                Operation.of("GET", "/api/v1/topics/{topic}", this::describe),
                Operation.of("PATCH", "/api/v1/topics/{topic}", this::configure),
                Operation.of("DELETE", "/api/v1/topics/{topic}", this::delete));
    }

    private CompletionStage<RestAnswer> list() {
        return broker.listTopicsAsync()
                .thenApply(topics -> RestAnswer.object(200, json -> {
                    json.name("topics").beginArray();
                    topics.forEach(topic -> {
                        json.beginObject();
                        write(json, topic);
                        json.endObject();
                    });
                    json.endArray();
                }));
    }

    private static void write(JsonBuffer json, TopicDescription topic) {
        TopicConfig keeps = topic.config();
        json.name("name").string(topic.name());
        limit(json, "retentionMs", keeps.retentionMs());
        limit(json, "retentionBytes", keeps.retentionBytes());
        limit(json, "retentionMessages", keeps.retentionMessages());
        json.name("compacted").bool(keeps.compacted());
        json.name("tombstoneRetentionMs").number(keeps.tombstoneRetentionMs());
        json.name("partitions").beginArray();
        for (PartitionInfo partition : topic.partitions()) {
            json.beginObject();
            json.name("partition").number(partition.partition());
            json.name("startOffset").number(partition.startOffset());
            json.name("endOffset").number(partition.endOffset());
            json.name("sizeInBytes").number(partition.sizeInBytes());
            json.endObject();
        }
        json.endArray();
    }

    private static void limit(JsonBuffer json, String name, long value) {
        json.name(name);
        if (value == TopicConfig.UNLIMITED) {
            json.nullValue();
        } else {
            json.number(value);
        }
    }

    /** What a request says of a topic; what it does not name stays as it is. */
    private static final class TopicFields implements JsonInput.FieldReader {
        private final boolean creating;
        private UnaryOperator<TopicConfig> change = keeps -> keeps;
        private @Nullable String name;
        private int partitions;

        TopicFields(boolean creating) {
            this.creating = creating;
        }

        @Override
        public boolean read(JsonInput in, String field) {
            switch (field) {
                case "retentionMs" -> limit(in, TopicConfig::withRetentionMs);
                case "retentionBytes" -> limit(in, TopicConfig::withRetentionBytes);
                case "retentionMessages" -> limit(in, TopicConfig::withRetentionMessages);
                case "compacted" -> {
                    boolean compacted = in.bool();
                    then(keeps -> keeps.withCompacted(compacted));
                }
                case "tombstoneRetentionMs" -> {
                    long millis = in.integer(0, Long.MAX_VALUE);
                    then(keeps -> keeps.withTombstoneRetentionMs(millis));
                }
                default -> {
                    return creating && readNew(in, field);
                }
            }
            return true;
        }

        private boolean readNew(JsonInput in, String field) {
            switch (field) {
                case "name" -> name = TopicNames.check(in.string());
                case "partitions" -> partitions = (int) in.integer(1, TopicSpec.MAX_PARTITIONS);
                default -> {
                    return false;
                }
            }
            return true;
        }

        private void limit(JsonInput in, BiFunction<TopicConfig, Long, TopicConfig> with) {
            long value = in.isNull() ? TopicConfig.UNLIMITED : in.integer(1, Long.MAX_VALUE);
            then(keeps -> with.apply(keeps, value));
        }

        private void then(UnaryOperator<TopicConfig> next) {
            UnaryOperator<TopicConfig> before = change;
            change = keeps -> next.apply(before.apply(keeps));
        }
    }

    private CompletionStage<RestAnswer> create(RestRequest request) {
        TopicFields fields = request.json(new TopicFields(true));
        if (fields.name == null) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "Field /name is missing");
        }
        return broker.createTopicAsync(fields.name, fields.partitions, fields.change.apply(TopicConfig.DEFAULT))
                .thenApply(topic -> RestAnswer.object(201, json -> write(json, topic))
                        .with("Location", "/api/v1/topics/" + topic.name()));
    }

    private static String topic(RestRequest request) {
        return TopicNames.check(request.path("topic"));
    }

    private CompletionStage<RestAnswer> describe(RestRequest request) {
        return broker.describeTopicAsync(topic(request))
                .thenApply(topic -> RestAnswer.object(200, json -> write(json, topic)));
    }

    /** Two requests at the same time that name different fields: the later one may undo the other. */
    private CompletionStage<RestAnswer> configure(RestRequest request) {
        UnaryOperator<TopicConfig> change = request.json(new TopicFields(false)).change;
        return broker.describeTopicAsync(topic(request))
                .thenCompose(topic -> broker.configureTopicAsync(topic.name(), change.apply(topic.config())))
                .thenApply(topic -> RestAnswer.object(200, json -> write(json, topic)));
    }

    private CompletionStage<RestAnswer> delete(RestRequest request) {
        return broker.deleteTopicAsync(topic(request)).thenApply(nothing -> RestAnswer.noContent());
    }
}
