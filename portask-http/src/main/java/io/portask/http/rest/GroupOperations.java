package io.portask.http.rest;

import io.portask.broker.Broker;
import io.portask.consumer.GroupDescription;
import io.portask.consumer.Groups;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.StatusException;
import io.portask.http.json.JsonBuffer;
import io.portask.record.TopicPartition;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Consumer groups: who is in them, who reads what, how far they are, and how to forget them. */
final class GroupOperations {
    private final Broker broker;

    GroupOperations(Broker broker) {
        this.broker = broker;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of("GET", "/api/v1/groups", NamePage.QUERY, this::list),
                Operation.of("GET", "/api/v1/groups/{group}", this::describe),
                Operation.of("DELETE", "/api/v1/groups/{group}", this::delete));
    }

    private CompletionStage<RestAnswer> list(RestRequest request) {
        NamePage.limit(request.query());
        return Groups.of(broker).listAsync().thenCompose(names -> {
            NamePage page = NamePage.of(names, request.query());
            return OneByOne.collect(page.listed(), this::describeIfThere)
                    .thenApply(found -> RestAnswer.object(200, json -> writeAll(json, found, page.more())));
        });
    }

    /** Empty for a group that ended since it was listed. */
    private CompletionStage<Optional<GroupDescription>> describeIfThere(String name) {
        return Groups.of(broker).describeAsync(name).thenApply(Optional::of).exceptionally(error -> {
            PortaskException known = PortaskException.of(error);
            if (known.code() == ErrorCode.INVALID_REQUEST) {
                return Optional.empty();
            }
            throw known;
        });
    }

    private static void writeAll(JsonBuffer json, Map<String, Optional<GroupDescription>> found, boolean more) {
        json.name("groups").beginArray();
        found.values()
                .forEach(each -> each.ifPresent(group -> {
                    json.beginObject();
                    writeHead(json, group);
                    json.name("members").number(group.members().size());
                    json.name("topics").beginArray();
                    group.partitions().stream()
                            .map(one -> one.partition().topic())
                            .distinct()
                            .forEach(json::string);
                    json.endArray();
                    json.endObject();
                }));
        json.endArray();
        json.name("more").bool(more);
    }

    private CompletionStage<RestAnswer> describe(RestRequest request) {
        String name = request.path("group");
        return describeIfThere(name).thenApply(found -> {
            GroupDescription group = found.orElseThrow(() ->
                    new StatusException(404, "There is no group '" + name + "': it has no members and no offsets"));
            return RestAnswer.object(200, json -> write(json, group));
        });
    }

    private static void write(JsonBuffer json, GroupDescription group) {
        writeHead(json, group);
        json.name("generation").number(group.generation());
        json.name("members").beginArray();
        group.members().forEach(member -> write(json, member));
        json.endArray();
        json.name("partitions").beginArray();
        group.partitions().forEach(partition -> write(json, partition));
        json.endArray();
    }

    private static void writeHead(JsonBuffer json, GroupDescription group) {
        json.name("group").string(group.name());
        json.name("mode").string(word(group.mode()));
        json.name("state").string(word(group.state()));
        json.name("lag").number(group.lag());
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static void write(JsonBuffer json, GroupDescription.Member member) {
        json.beginObject();
        json.name("member").string(member.id());
        String instanceId = member.instanceId();
        if (instanceId != null) {
            json.name("instanceId").string(instanceId);
        }
        json.name("state").string(word(member.state()));
        json.name("partitions").beginArray();
        for (TopicPartition partition : member.partitions()) {
            json.beginObject();
            writePlace(json, partition);
            json.endObject();
        }
        json.endArray();
        json.endObject();
    }

    private static void write(JsonBuffer json, GroupDescription.Partition partition) {
        json.beginObject();
        writePlace(json, partition.partition());
        String member = partition.memberId();
        if (member != null) {
            json.name("member").string(member);
        }
        Long committed = partition.committed();
        if (committed != null) {
            json.name("committed").number(committed);
        }
        json.name("startOffset").number(partition.startOffset());
        json.name("endOffset").number(partition.endOffset());
        json.name("lag").number(partition.lag());
        json.endObject();
    }

    private static void writePlace(JsonBuffer json, TopicPartition partition) {
        json.name("topic").string(partition.topic());
        json.name("partition").number(partition.partition());
    }

    private CompletionStage<RestAnswer> delete(RestRequest request) {
        return Groups.of(broker).deleteAsync(request.path("group")).thenApply(nothing -> RestAnswer.noContent());
    }
}
