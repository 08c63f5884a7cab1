package io.portask.launcher;

import io.portask.consumer.GroupDescription;
import io.portask.record.TopicPartition;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import tools.jackson.core.JsonGenerator;

/** Groups as {@code portask groups} prints them. */
final class GroupText {
    private static final String NONE = "-";

    private GroupText() {}

    static void print(GroupDescription group, PrintWriter out) {
        out.println(group.name() + ": " + lower(group.mode()) + ", " + lower(group.state()) + ", generation "
                + group.generation() + ", members " + group.members().size() + ", lag " + group.lag());
        if (!group.members().isEmpty()) {
            out.printf("%-40s %-20s %-10s %10s%n", "MEMBER", "INSTANCE", "STATE", "PARTITIONS");
            for (GroupDescription.Member member : group.members()) {
                String instance = member.instanceId();
                out.printf(
                        "%-40s %-20s %-10s %10d%n",
                        member.id(),
                        instance == null ? NONE : instance,
                        lower(member.state()),
                        member.partitions().size());
            }
        }
        out.printf("%-40s %15s %15s %15s %s%n", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER");
        for (GroupDescription.Partition partition : group.partitions()) {
            Long committed = partition.committed();
            String member = partition.memberId();
            out.printf(
                    "%-40s %15s %15d %15d %s%n",
                    partition.partition(),
                    committed == null ? NONE : committed.toString(),
                    partition.endOffset(),
                    partition.lag(),
                    member == null ? NONE : member);
        }
    }

    static void print(Map<TopicPartition, Long> offsets, PrintWriter out) {
        out.printf("%-40s %15s%n", "PARTITION", "OFFSET");
        offsets.forEach((partition, offset) -> out.printf("%-40s %15d%n", partition, offset));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static String json(GroupDescription group) {
        return Json.object(json -> {
            json.writeStringProperty("group", group.name());
            json.writeStringProperty("mode", lower(group.mode()));
            json.writeStringProperty("state", lower(group.state()));
            json.writeNumberProperty("generation", group.generation());
            json.writeNumberProperty("lag", group.lag());
            json.writeName("members");
            json.writeStartArray();
            group.members().forEach(member -> write(json, member));
            json.writeEndArray();
            json.writeName("partitions");
            json.writeStartArray();
            group.partitions().forEach(partition -> write(json, partition));
            json.writeEndArray();
        });
    }

    private static void write(JsonGenerator json, GroupDescription.Member member) {
        json.writeStartObject();
        json.writeStringProperty("member", member.id());
        json.writeStringProperty("instance", member.instanceId());
        json.writeStringProperty("state", lower(member.state()));
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, GroupDescription.Partition partition) {
        json.writeStartObject();
        write(json, partition.partition());
        json.writeStringProperty("member", partition.memberId());
        Long committed = partition.committed();
        if (committed == null) {
            json.writeNullProperty("committed");
        } else {
            json.writeNumberProperty("committed", committed);
        }
        json.writeNumberProperty("startOffset", partition.startOffset());
        json.writeNumberProperty("endOffset", partition.endOffset());
        json.writeNumberProperty("lag", partition.lag());
        json.writeEndObject();
    }

    static String json(TopicPartition partition, long offset, boolean dryRun) {
        return Json.object(json -> {
            write(json, partition);
            json.writeNumberProperty("offset", offset);
            json.writeBooleanProperty("dryRun", dryRun);
        });
    }

    private static void write(JsonGenerator json, TopicPartition partition) {
        json.writeStringProperty("topic", partition.topic());
        json.writeNumberProperty("partition", partition.partition());
    }
}
