package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.record.TopicPartition;
import io.portask.store.TopicDescription;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Named consumers: who they are, how far they are, and how to forget them. */
final class ConsumerOperations {
    private static final int MAX_LISTED = 1_000;

    private final Broker broker;

    ConsumerOperations(Broker broker) {
        this.broker = broker;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of("GET", "/api/v1/consumers", Set.of("after", "limit"), this::list),
                Operation.of("GET", "/api/v1/consumers/{consumer}", this::describe),
                Operation.of("DELETE", "/api/v1/consumers/{consumer}", this::forget));
    }

    /** A page of them, by name, for there may be more than fit into one answer. */
    private CompletionStage<RestAnswer> list(RestRequest request) {
        String after = request.query().get("after");
        int limit = (int) request.query().integer("limit", 1, MAX_LISTED, MAX_LISTED);
        return broker.consumersAsync().thenCompose(names -> {
            List<String> page = names.stream()
                    .filter(name -> after == null || name.compareTo(after) > 0)
                    .sorted()
                    .limit(limit + 1L)
                    .toList();
            boolean more = page.size() > limit;
            List<String> listed = more ? page.subList(0, limit) : page;
            return offsets(listed)
                    .thenCombine(broker.listTopicsAsync(), (offsets, topics) -> list(offsets, topics, more));
        });
    }

    /** One after the other, so that a page asks no store for a thousand things at once. */
    private CompletionStage<Map<String, Map<TopicPartition, Long>>> offsets(List<String> consumers) {
        Map<String, Map<TopicPartition, Long>> found = new LinkedHashMap<>();
        CompletionStage<Map<String, Map<TopicPartition, Long>>> done = CompletableFuture.completedFuture(found);
        for (String consumer : consumers) {
            done = done.thenCompose(before -> broker.committedAsync(consumer).thenApply(offsets -> {
                before.put(consumer, offsets);
                return before;
            }));
        }
        return done;
    }

    private static RestAnswer list(
            Map<String, Map<TopicPartition, Long>> consumers, List<TopicDescription> topics, boolean more) {
        Lags lags = new Lags(topics);
        return RestAnswer.object(200, json -> {
            json.name("consumers").beginArray();
            consumers.forEach((consumer, offsets) -> {
                json.beginObject();
                json.name("consumer").string(consumer);
                json.name("topics").beginArray();
                offsets.keySet().stream()
                        .map(TopicPartition::topic)
                        .distinct()
                        .sorted()
                        .forEach(json::string);
                json.endArray();
                json.name("lag")
                        .number(offsets.entrySet().stream()
                                .mapToLong(each -> lags.lag(each.getKey(), each.getValue()))
                                .sum());
                json.endObject();
            });
            json.endArray();
            json.name("more").bool(more);
        });
    }

    private CompletionStage<RestAnswer> forget(RestRequest request) {
        return broker.forgetConsumerAsync(request.path("consumer")).thenApply(nothing -> RestAnswer.noContent());
    }

    private CompletionStage<RestAnswer> describe(RestRequest request) {
        String consumer = request.path("consumer");
        return broker.committedAsync(consumer)
                .thenCombine(
                        broker.listTopicsAsync(),
                        (committed, topics) -> RestAnswer.object(200, json -> {
                            json.name("consumer").string(consumer);
                            new Lags(topics).write(json, committed);
                        }));
    }
}
