package io.portask.launcher;

import io.portask.client.Consumer;
import io.portask.client.ConsumerConfig;
import io.portask.client.PortaskClient;
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
            description = "Commit what was printed under this name, and go on there next time.")
    private @Nullable String group;

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
        ConsumerConfig config = OptionErrors.named(spec, this::config);
        try (GracefulStop stop = GracefulStop.onSignal(STOP_PATIENCE);
                PortaskClient client = server.connect("portask-consume")) {
            TopicDescription description = follow ? client.ensureTopic(topic) : client.describeTopic(topic);
            try (Consumer consumer = client.consumer(config)) {
                print(consumer, follow ? Map.of() : ends(description), stop);
            }
        }
        return 0;
    }

    private ConsumerConfig config() {
        ConsumerConfig.Builder config = ConsumerConfig.builder().topic(topic);
        if (group != null) {
            config.consumerName(group);
        }
        if (from != null) {
            config.from(from);
        }
        return config.build();
    }

    private static Map<TopicPartition, Long> ends(TopicDescription description) {
        Map<TopicPartition, Long> ends = new HashMap<>();
        for (PartitionInfo partition : description.partitions()) {
            ends.put(new TopicPartition(description.name(), partition.partition()), partition.endOffset());
        }
        return ends;
    }

    /** @param ends where to stop; empty to go on until a signal comes */
    private void print(Consumer consumer, Map<TopicPartition, Long> ends, GracefulStop stop) throws IOException {
        long printed = 0;
        try (OutputStream out = new BufferedOutputStream(terminal.out(), OUTPUT_BYTES)) {
            while (printed < max && !stop.isAsked() && (ends.isEmpty() || !reached(consumer, ends))) {
                List<ReceivedMessage> messages = consumer.poll(POLL);
                long left = max - printed;
                List<ReceivedMessage> wanted = messages.size() <= left ? messages : messages.subList(0, (int) left);
                for (ReceivedMessage message : wanted) {
                    print(out, message);
                }
                printed += wanted.size();
                out.flush();
                commit(consumer, wanted);
            }
        } catch (IOException e) {
            if (!DataOutput.isBrokenPipe(e)) {
                throw e;
            }
        }
    }

    private void commit(Consumer consumer, List<ReceivedMessage> printed) {
        if (group == null || printed.isEmpty()) {
            return;
        }
        Map<TopicPartition, Long> next = new HashMap<>();
        for (ReceivedMessage message : printed) {
            next.put(new TopicPartition(message.topic(), message.partition()), message.offset() + 1);
        }
        consumer.commit(next);
    }

    private static boolean reached(Consumer consumer, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> positions = consumer.positions();
        return ends.entrySet().stream().allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue());
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
