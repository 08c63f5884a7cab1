package io.portask.launcher;

import io.portask.client.ClientGroups;
import io.portask.client.PortaskClient;
import io.portask.consumer.GroupDescription;
import io.portask.record.TopicPartition;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code portask groups}: lists, describes, resets and deletes consumer groups. */
@Command(
        name = "groups",
        description = "List, describe, reset and delete consumer groups.",
        synopsisSubcommandLabel = "COMMAND")
final class GroupsCommand implements Runnable {
    private static final String CLIENT_NAME = "portask-groups";

    /** The values of {@code --format}. */
    enum Format {
        TEXT,
        JSON
    }

    /** How a command prints. */
    static final class FormatOption {
        @Option(
                names = "--format",
                paramLabel = "FORMAT",
                defaultValue = "text",
                description = "text, or json with one object a line (default: ${DEFAULT-VALUE}).")
        private Format format = Format.TEXT;

        boolean isJson() {
            return format == Format.JSON;
        }
    }

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(),
                "Missing command; one of list, describe GROUP, reset GROUP --to POSITION, delete GROUP");
    }

    @Command(
            name = "list",
            description = "List all groups: those that have members, and those under whose name offsets are committed.")
    void list(@Mixin ServerOptions server, @Mixin FormatOption format) {
        try (PortaskClient client = server.connect(CLIENT_NAME)) {
            for (String group : client.groups().list()) {
                out().println(format.isJson() ? Json.object(json -> json.writeStringProperty("group", group)) : group);
            }
        }
    }

    @Command(name = "describe", description = "Show a group's members, what they read, and how far they are behind.")
    void describe(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "GROUP", description = "The group.") String group,
            @Mixin FormatOption format) {
        try (PortaskClient client = server.connect(CLIENT_NAME)) {
            GroupDescription description = client.groups().describe(group);
            if (format.isJson()) {
                out().println(GroupText.json(description));
            } else {
                GroupText.print(description, out());
            }
        }
    }

    @Command(name = "delete", description = "Forget a group and its offsets, while it has no members.")
    void delete(
            @Mixin ServerOptions server, @Parameters(paramLabel = "GROUP", description = "The group.") String group) {
        try (PortaskClient client = server.connect(CLIENT_NAME)) {
            ClientGroups groups = client.groups();
            groups.describe(group);
            groups.delete(group);
            spec.commandLine().getErr().println("deleted " + group);
        }
    }

    @Command(
            name = "reset",
            description =
                    "Have a group go on elsewhere, in all of the partitions or none: it is refused while a member reads one of them.",
            footer = {
                "",
                "Positions beyond what a partition keeps become the nearest that it keeps. Without --topic all partitions "
                        + "are reset that the group has an offset for or reads.",
            })
    void reset(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "GROUP", description = "The group.") String group,
            @Option(
                            names = "--to",
                            required = true,
                            paramLabel = "POSITION",
                            converter = ResetTarget.Converter.class,
                            description =
                                    "earliest, latest, offset:N, time:T with a time such as 2026-11-24T08:00:00Z, or "
                                            + "shift:N for N messages forward from where the group is, or back with shift:-N.")
                    ResetTarget to,
            @Option(names = "--topic", paramLabel = "TOPIC", description = "Only this topic.") @Nullable String topic,
            @Option(
                            names = "--partition",
                            paramLabel = "N",
                            description = "Only this partition of --topic; may be given more than once.")
                    @Nullable
                    List<Integer> partitions,
            @Option(names = "--dry-run", fallbackValue = "true", description = "Say what would be, and change nothing.")
                    boolean dryRun,
            @Mixin FormatOption format) {
        if (partitions != null && topic == null) {
            throw server.usageError("--partition needs --topic");
        }
        try (PortaskClient client = server.connect(CLIENT_NAME)) {
            Set<TopicPartition> chosen = topic == null ? known(client, group) : partitions(client, topic, partitions);
            Map<TopicPartition, Long> offsets = client.groups().reset(group, to.of(chosen, dryRun));
            if (format.isJson()) {
                offsets.forEach((partition, offset) -> out().println(GroupText.json(partition, offset, dryRun)));
            } else {
                GroupText.print(offsets, out());
                spec.commandLine().getErr().println((dryRun ? "would reset " : "reset ") + group);
            }
        }
    }

    private static Set<TopicPartition> known(PortaskClient client, String group) {
        Set<TopicPartition> known = new TreeSet<>();
        client.groups().describe(group).partitions().forEach(partition -> known.add(partition.partition()));
        return known;
    }

    private static Set<TopicPartition> partitions(
            PortaskClient client, String topic, @Nullable List<Integer> partitions) {
        List<Integer> numbers = partitions != null
                ? partitions
                : IntStream.range(0, client.describeTopic(topic).partitionCount())
                        .boxed()
                        .toList();
        List<TopicPartition> chosen = new ArrayList<>();
        numbers.forEach(number -> chosen.add(new TopicPartition(topic, number)));
        return new TreeSet<>(chosen);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
