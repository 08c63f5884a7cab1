package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.admin.AdminControl;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.JsonInput;
import io.portask.record.TopicPartition;
import io.portask.store.ScrubReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What operators do to a server. Configuration and shutdown are there where the server's owner gave them. */
final class AdminOperations {
    private final Broker broker;
    private final @Nullable AdminControl control;

    AdminOperations(Broker broker, @Nullable AdminControl control) {
        this.broker = broker;
        this.control = control;
    }

    List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        operations.add(Operation.of("POST", "/api/v1/admin/trim", this::trim));
        operations.add(Operation.of("POST", "/api/v1/admin/scrub", this::scrub));
        AdminControl given = control;
        if (given != null) {
            operations.add(Operation.of("GET", "/api/v1/admin/config", request -> config(given)));
            operations.add(Operation.of("PATCH", "/api/v1/admin/config", request -> change(given, request)));
            operations.add(Operation.of("POST", "/api/v1/admin/shutdown", request -> shutdown(given)));
        }
        return operations;
    }

    private static CompletionStage<RestAnswer> config(AdminControl control) {
        return CompletableFuture.completedFuture(RestAnswer.object(
                200,
                json -> new TreeMap<>(control.config())
                        .forEach((key, value) -> json.name(key).string(value))));
    }

    private static CompletionStage<RestAnswer> change(AdminControl control, RestRequest request) {
        Map<String, String> changes = new LinkedHashMap<>();
        request.json((JsonInput.FieldReader) (in, name) -> {
            changes.put(name, in.string());
            return true;
        });
        if (changes.isEmpty()) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "The object names nothing to change");
        }
        control.change(changes);
        return config(control);
    }

    private static CompletionStage<RestAnswer> shutdown(AdminControl control) {
        control.shutdown();
        return CompletableFuture.completedFuture(
                RestAnswer.object(202, json -> json.name("state").string("draining")));
    }

    private CompletionStage<RestAnswer> trim(RestRequest request) {
        PlaceFields.WithOffset place = request.json(new PlaceFields.WithOffset());
        return broker.trimAsync(place.place(), place.offset())
                .thenApply(start ->
                        RestAnswer.object(200, json -> json.name("startOffset").number(start)));
    }

    private CompletionStage<RestAnswer> scrub(RestRequest request) {
        PlaceFields place = request.json(new PlaceFields());
        return broker.describeTopicAsync(place.topic())
                .thenCompose(topic -> scrub(Partitions.chosen(topic, place.partition())))
                .thenApply(reports -> RestAnswer.object(200, json -> write(json, reports)));
    }

    /** One partition after the other: a scrub is there to disturb nobody. */
    private CompletionStage<Map<TopicPartition, ScrubReport>> scrub(List<TopicPartition> partitions) {
        return OneByOne.collect(partitions, broker::scrubAsync);
    }

    private static void write(JsonBuffer json, Map<TopicPartition, ScrubReport> reports) {
        json.name("sound").bool(reports.values().stream().allMatch(ScrubReport::isSound));
        json.name("partitions").beginArray();
        reports.forEach((partition, report) -> {
            json.beginObject();
            json.name("partition").number(partition.partition());
            json.name("batches").number(report.batches());
            json.name("bytes").number(report.bytes());
            json.name("problems").beginArray();
            for (ScrubReport.Problem problem : report.problems()) {
                json.beginObject();
                json.name("firstOffset").number(problem.firstOffset());
                json.name("lastOffset").number(problem.lastOffset());
                json.name("text").string(problem.text());
                json.endObject();
            }
            json.endArray();
            json.endObject();
        });
        json.endArray();
    }
}
