package io.portask.launcher;

import io.portask.client.PortaskClient;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicConfig;
import io.portask.store.TopicDescription;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/** {@code portask topics}: lists, creates, describes, configures and deletes topics. */
@Command(
        name = "topics",
        description = "List, create, describe, configure and delete topics.",
        synopsisSubcommandLabel = "COMMAND")
final class TopicsCommand implements Runnable {
    private static final int SERVER_DEFAULT = 0;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(),
                "Missing command; one of list, create NAME, describe NAME, configure NAME, delete NAME");
    }

    @Command(name = "list", description = "List all topics.")
    void list(
            @Mixin ServerOptions server,
            @Option(names = "--json", fallbackValue = "true", description = "One JSON object for each topic.")
                    boolean json) {
        try (PortaskClient client = server.connect("portask-topics")) {
            List<TopicDescription> topics = client.listTopics();
            PrintWriter out = out();
            if (!json) {
                out.printf("%-40s %10s %15s %15s%n", "TOPIC", "PARTITIONS", "MESSAGES", "BYTES");
            }
            for (TopicDescription topic : topics) {
                if (json) {
                    out.println(toJson(topic));
                } else {
                    out.printf(
                            "%-40s %10d %15d %15d%n",
                            topic.name(),
                            topic.partitionCount(),
                            topic.partitions().stream()
                                    .mapToLong(partition -> partition.endOffset() - partition.startOffset())
                                    .sum(),
                            topic.partitions().stream()
                                    .mapToLong(PartitionInfo::sizeInBytes)
                                    .sum());
                }
            }
        }
    }

    @Command(name = "create", description = "Create a topic.")
    void create(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "NAME", description = "1 to 249 of A-Z a-z 0-9 . _ -") String name,
            @Option(
                            names = "--partitions",
                            paramLabel = "N",
                            description = "How many partitions (default: the server's default).")
                    @Nullable
                    Integer partitions,
            @Mixin TopicOptions keeps) {
        if (partitions != null && partitions < 1) {
            throw server.usageError("--partitions is at least 1, not " + partitions);
        }
        TopicConfig config = keeps.applyTo(server, TopicConfig.DEFAULT);
        try (PortaskClient client = server.connect("portask-topics")) {
            TopicDescription topic = client.createTopic(name, partitions == null ? SERVER_DEFAULT : partitions, config);
            spec.commandLine().getErr().println("created " + topic.name() + ", partitions " + topic.partitionCount());
        }
    }

    @Command(name = "configure", description = "Change what a topic keeps and for how long.")
    void configure(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "NAME", description = "The topic.") String name,
            @Mixin TopicOptions keeps) {
        keeps.applyTo(server, TopicConfig.DEFAULT);
        try (PortaskClient client = server.connect("portask-topics")) {
            TopicConfig config =
                    keeps.applyTo(server, client.describeTopic(name).config());
            client.configureTopic(name, config);
            spec.commandLine().getErr().println("configured " + name + ", keeps " + text(config));
        }
    }

    @Command(name = "describe", description = "Show a topic's partitions, their offsets and sizes.")
    void describe(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "NAME", description = "The topic.") String name,
            @Option(names = "--json", fallbackValue = "true", description = "One JSON object.") boolean json) {
        try (PortaskClient client = server.connect("portask-topics")) {
            TopicDescription topic = client.describeTopic(name);
            PrintWriter out = out();
            if (json) {
                out.println(toJson(topic));
                return;
            }
            out.println("keeps " + text(topic.config()));
            out.printf("%-10s %15s %15s %15s%n", "PARTITION", "START", "END", "BYTES");
            for (PartitionInfo partition : topic.partitions()) {
                out.printf(
                        "%-10d %15d %15d %15d%n",
                        partition.partition(), partition.startOffset(), partition.endOffset(), partition.sizeInBytes());
            }
        }
    }

    @Command(name = "delete", description = "Delete a topic with its messages.")
    void delete(@Mixin ServerOptions server, @Parameters(paramLabel = "NAME", description = "The topic.") String name) {
        try (PortaskClient client = server.connect("portask-topics")) {
            client.deleteTopic(name);
            spec.commandLine().getErr().println("deleted " + name);
        }
    }

    private static String text(TopicConfig config) {
        String age = config.retentionMs() == TopicConfig.UNLIMITED ? "any age" : config.retentionMs() + " ms";
        String size =
                config.retentionBytes() == TopicConfig.UNLIMITED ? "any size" : config.retentionBytes() + " bytes";
        String count = config.retentionMessages() == TopicConfig.UNLIMITED
                ? ""
                : ", " + config.retentionMessages() + " messages";
        return age + ", " + size + count
                + (config.compacted()
                        ? ", the latest of each key, tombstones " + config.tombstoneRetentionMs() + " ms"
                        : "");
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private static String toJson(TopicDescription topic) {
        return Json.object(json -> {
            json.writeStringProperty("topic", topic.name());
            json.writeName("partitions");
            json.writeStartArray();
            topic.partitions().forEach(partition -> write(json, partition));
            json.writeEndArray();
            json.writeNumberProperty("retentionMs", topic.config().retentionMs());
            json.writeNumberProperty("retentionBytes", topic.config().retentionBytes());
            json.writeNumberProperty("retentionMessages", topic.config().retentionMessages());
            json.writeBooleanProperty("compacted", topic.config().compacted());
            json.writeNumberProperty("tombstoneRetentionMs", topic.config().tombstoneRetentionMs());
        });
    }

    private static void write(JsonGenerator json, PartitionInfo partition) {
        json.writeStartObject();
        json.writeNumberProperty("partition", partition.partition());
        json.writeNumberProperty("startOffset", partition.startOffset());
        json.writeNumberProperty("endOffset", partition.endOffset());
        json.writeNumberProperty("sizeInBytes", partition.sizeInBytes());
        json.writeEndObject();
    }
}
