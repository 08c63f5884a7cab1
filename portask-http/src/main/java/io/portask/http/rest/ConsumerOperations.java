package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.consumer.Groups;
import io.portask.record.TopicPartition;
import io.portask.store.TopicDescription;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Named consumers: who they are, how far they are, and how to forget them. */
final class ConsumerOperations {
    private final Broker broker;

    ConsumerOperations(Broker broker) {
        this.broker = broker;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of("GET", "/api/v1/consumers", NamePage.QUERY, this::list),
                Operation.of("GET", "/api/v1/consumers/{consumer}", this::describe),
                Operation.of("DELETE", "/api/v1/consumers/{consumer}", this::forget));
    }

    private CompletionStage<RestAnswer> list(RestRequest request) {
        NamePage.limit(request.query());
        return broker.consumersAsync().thenCompose(names -> {
            NamePage page = NamePage.of(names, request.query());
            return OneByOne.collect(page.listed(), broker::committedAsync)
                    .thenCombine(broker.listTopicsAsync(), (offsets, topics) -> list(offsets, topics, page.more()));
        });
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
        return Groups.of(broker).deleteAsync(request.path("consumer")).thenApply(nothing -> RestAnswer.noContent());
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
