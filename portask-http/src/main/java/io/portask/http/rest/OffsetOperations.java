package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.consumer.Groups;
import io.portask.consumer.OffsetReset;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.json.JsonInput;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Where named consumers and groups go on: committed and reset. */
final class OffsetOperations {
    private static final int MAX_OFFSETS = 10_000;

    private final Broker broker;

    OffsetOperations(Broker broker) {
        this.broker = broker;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of("POST", "/api/v1/consumers/{consumer}/offsets", this::commit),
                reset("consumer"),
                reset("group"));
    }

    private static final class CommitFields implements JsonInput.FieldReader {
        private final Map<TopicPartition, Long> offsets = new HashMap<>();

        @Override
        public boolean read(JsonInput in, String name) {
            if (!name.equals("offsets")) {
                return false;
            }
            in.array(() -> {
                if (offsets.size() == MAX_OFFSETS) {
                    throw in.refused("is one too many; a request has up to " + MAX_OFFSETS + " offsets");
                }
                PlaceFields.WithOffset position = new PlaceFields.WithOffset();
                in.object(position);
                if (offsets.put(place(in, position), position.offset()) != null) {
                    throw in.refused("names a partition for the second time");
                }
            });
            return true;
        }

        private static TopicPartition place(JsonInput in, PlaceFields.WithOffset position) {
            if (!position.isComplete()) {
                throw in.refused("needs topic, partition and offset");
            }
            return position.place();
        }
    }

    private CompletionStage<RestAnswer> commit(RestRequest request) {
        CommitFields fields = request.json(new CommitFields());
        if (fields.offsets.isEmpty()) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "Field /offsets is needed: an array of objects with topic, partition and offset");
        }
        return broker.commitAsync(request.path("consumer"), fields.offsets)
                .thenApply(nothing -> RestAnswer.noContent());
    }

    private static final class ResetFields extends PlaceFields {
        private @Nullable StartPosition to;
        private @Nullable Long shift;
        private boolean dryRun;

        @Override
        boolean readMore(JsonInput in, String name) {
            switch (name) {
                case "to" -> to = position(in);
                case "shift" -> shift = in.integer(Long.MIN_VALUE, Long.MAX_VALUE);
                case "dryRun" -> dryRun = in.bool();
                default -> {
                    return false;
                }
            }
            return true;
        }

        OffsetReset toReset(Set<TopicPartition> partitions) {
            Long by = shift;
            if (by == null) {
                return OffsetReset.to(required("to", to), partitions).dryRun(dryRun);
            }
            if (to != null) {
                throw new PortaskException(ErrorCode.INVALID_REQUEST, "Of /to and /shift there may be only one");
            }
            return OffsetReset.by(by, partitions).dryRun(dryRun);
        }
    }

    /** @param word what the one that is reset is called in the path and in the answer */
    private Operation reset(String word) {
        return Operation.of(
                "POST",
                "/api/v1/" + word + "s/{" + word + "}/reset",
                request -> reset(word, request.path(word), request));
    }

    private CompletionStage<RestAnswer> reset(String word, String name, RestRequest request) {
        ResetFields fields = request.json(new ResetFields());
        return broker.describeTopicAsync(fields.topic())
                .thenCompose(topic -> Groups.of(broker)
                        .resetAsync(name, fields.toReset(Set.copyOf(Partitions.chosen(topic, fields.partition()))))
                        .thenApply(offsets -> RestAnswer.object(200, json -> {
                            json.name(word).string(name);
                            json.name("dryRun").bool(fields.dryRun);
                            Lags.UNKNOWN.write(json, offsets);
                        })));
    }
}
