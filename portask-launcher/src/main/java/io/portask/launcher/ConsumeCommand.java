package io.portask.launcher;

import io.portask.client.ClientGroups;
import io.portask.client.ConsumerConfig;
import io.portask.client.GroupConsumerConfig;
import io.portask.client.PortaskClient;
import io.portask.consumer.GroupMode;
import io.portask.consumer.OffsetReset;
import io.portask.consumer.QueueOptions;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.MessageJson;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import io.portask.store.PartitionInfo;
import io.portask.store.TopicDescription;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code portask consume}: messages to stdout, one line each. */
@Command(
        name = "consume",
        description = "Print messages, one line each: what is there now, or with --follow also what comes.")
final class ConsumeCommand implements Callable<Integer> {
    private static final int OUTPUT_BYTES = 64 * 1024;
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(500);

    /** The values of {@code --format}. */
    enum Format {
        VALUE,
        JSON
    }

    private final Terminal terminal;
    private final JsonBuffer json = new JsonBuffer();

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(paramLabel = "TOPIC", description = "What to read; all its partitions.")
    private String topic = "";

    @Mixin
    private ServerOptions server = new ServerOptions();

    @Option(
            names = "--from",
            paramLabel = "POSITION",
            converter = StartPositionConverter.class,
            description = "earliest, latest, an offset, or a time such as 2026-11-24T08:00:00Z. "
                    + "Default: where the group committed, else earliest.")
    private @Nullable StartPosition from;

    @Option(names = "--max", paramLabel = "N", description = "Stop after N messages.")
    private long max = Long.MAX_VALUE;

    @Option(
            names = "--group",
            paramLabel = "NAME",
            description =
                    "Share the partitions with the other members of this group, commit what was printed, and go on "
                            + "there next time. With --from, the group is reset to there first, which needs that no member reads "
                            + "the topic.")
    private @Nullable String group;

    @Option(
            names = "--queue",
            fallbackValue = "true",
            description =
                    "The group is a work queue: share out messages, one by one, and acknowledge what was printed. Ends, without "
                            + "--follow, when there is nothing to be had.")
    private boolean queue;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "value",
            description = "value, or json with key, headers, offset and time (default: ${DEFAULT-VALUE}).")
    private Format format = Format.VALUE;

    @Option(names = "--follow", fallbackValue = "true", description = "Wait for more at the end.")
    private boolean follow;

    ConsumeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (max < 1) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--max is at least 1, not " + max);
        }
        if (queue && group == null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--queue needs --group");
        }
        ConsumeSource.Opener opener = OptionErrors.named(spec, this::opener);
        try (GracefulStop stop = GracefulStop.onSignal(STOP_PATIENCE);
                PortaskClient client = server.connect("portask-consume")) {
            TopicDescription description = follow ? client.ensureTopic(topic) : client.describeTopic(topic);
            try (ConsumeSource source = opener.open(client, ends(description))) {
                print(source, stop);
            }
        }
        return 0;
    }

    private ConsumeSource.Opener opener() {
        StartPosition position = from;
        if (group != null && queue) {
            QueueOptions options = QueueOptions.of(group, topic);
            return (client, ends) -> {
                reset(client, options.group(), position, ends);
                return new QueueSource(client, options, max, spec.commandLine().getErr());
            };
        }
        if (group != null) {
            GroupConsumerConfig config = GroupConsumerConfig.of(group, topic).build();
            return (client, ends) -> {
                reset(client, config.group(), position, ends);
                return new GroupSource(client, config, ends, spec.commandLine().getErr());
            };
        }
        ConsumerConfig.Builder config = ConsumerConfig.builder().topic(topic);
        if (position != null) {
            config.from(position);
        }
        ConsumerConfig built = config.build();
        return (client, ends) -> new PlainSource(client.consumer(built), ends);
    }

    /** A work queue is left as it is by who would be refused there. */
    private void reset(
            PortaskClient client, String name, @Nullable StartPosition position, Map<TopicPartition, Long> ends) {
        if (position == null) {
            return;
        }
        ClientGroups groups = client.groups();
        boolean isRefused =
                !queue && groups.list().contains(name) && groups.describe(name).mode() == GroupMode.QUEUE;
        if (!isRefused) {
            groups.reset(name, OffsetReset.to(position, ends.keySet()));
        }
    }

    private static Map<TopicPartition, Long> ends(TopicDescription description) {
        Map<TopicPartition, Long> ends = new HashMap<>();
        for (PartitionInfo partition : description.partitions()) {
            ends.put(new TopicPartition(description.name(), partition.partition()), partition.endOffset());
        }
        return ends;
    }

    private void print(ConsumeSource source, GracefulStop stop) throws IOException {
        long printed = 0;
        try (OutputStream out = new BufferedOutputStream(terminal.out(), OUTPUT_BYTES)) {
            while (printed < max && !stop.isAsked() && (follow || !source.isAtEnd())) {
                List<ReceivedMessage> messages = source.poll(POLL);
                long left = max - printed;
                List<ReceivedMessage> wanted = messages.size() <= left ? messages : messages.subList(0, (int) left);
                for (ReceivedMessage message : wanted) {
                    print(out, message);
                }
                printed += wanted.size();
                out.flush();
                source.onPrinted(wanted);
            }
        } catch (IOException e) {
            if (!DataOutput.isBrokenPipe(e)) {
                throw e;
            }
        }
    }

    private void print(OutputStream out, ReceivedMessage message) throws IOException {
        if (format == Format.JSON) {
            MessageJson.write(json.reset(), message);
            json.endLine().writeTo(out);
            return;
        }
        byte[] value = message.value();
        if (value != null) {
            out.write(value);
        }
        out.write('\n');
    }
}
