package io.portask.launcher;

import io.portask.client.PortaskClient;
import io.portask.client.Producer;
import io.portask.client.ProducerConfig;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.Message;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code portask publish}: every line of stdin becomes a message. */
@Command(name = "publish", description = "Publish the lines of stdin, one message each.")
final class PublishCommand implements Callable<Integer> {
    private final Terminal terminal;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(paramLabel = "TOPIC", description = "Where the messages go; created if the server creates topics.")
    private String topic = "";

    @Mixin
    private ServerOptions server = new ServerOptions();

    @Option(
            names = "--key-separator",
            paramLabel = "S",
            description = "The text before the first S of a line is the message's key.")
    private @Nullable String keySeparator;

    @Option(
            names = "--ack",
            paramLabel = "LEVEL",
            description =
                    "What to wait for: none, written (survives a killed server) or synced (survives a power cut). "
                            + "Default: the server's.")
    private @Nullable AckLevel ack;

    @Option(names = "--partition", paramLabel = "N", description = "Publish to this partition only.")
    private @Nullable Integer partition;

    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicReference<@Nullable PortaskException> firstFailure = new AtomicReference<>();

    PublishCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (partition != null && partition < 0) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--partition is 0 or more, not " + partition);
        }
        if (keySeparator != null && keySeparator.isEmpty()) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--key-separator must not be empty");
        }
        ProducerConfig.Builder config = ProducerConfig.builder();
        if (ack != null) {
            config.durability(ack.durability());
        }
        try (PortaskClient client = server.connect("portask-publish");
                Producer producer = client.producer(config.build())) {
            publishLines(producer, client.server().maxBatchBytes());
            flush(producer);
        }
        return report();
    }

    private void publishLines(Producer producer, int maxLineBytes) throws IOException {
        LineReader lines = new LineReader(terminal.in(), maxLineBytes);
        byte[] separator = keySeparator == null ? new byte[0] : keySeparator.getBytes(StandardCharsets.UTF_8);
        int to = partition == null ? Message.ANY_PARTITION : partition;
        byte[] line = lines.next();
        while (line != null && firstFailure.get() == null) {
            int split = separator.length == 0 ? -1 : indexOf(line, separator);
            byte[] key = split < 0 ? null : Arrays.copyOf(line, split);
            byte[] value = split < 0 ? line : Arrays.copyOfRange(line, split + separator.length, line.length);
            producer.send(topic, to, key, value, this::onComplete);
            line = lines.next();
        }
    }

    private static int indexOf(byte[] line, byte[] wanted) {
        for (int i = 0; i + wanted.length <= line.length; i++) {
            if (Arrays.equals(line, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        return -1;
    }

    private void onComplete(
            String to, int number, long offset, @Nullable Durability reached, @Nullable PortaskException error) {
        if (error == null) {
            acknowledged.incrementAndGet();
        } else {
            failed.incrementAndGet();
            firstFailure.compareAndSet(null, error);
        }
    }

    private void flush(Producer producer) {
        try {
            producer.flush();
        } catch (PortaskException e) {
            firstFailure.compareAndSet(null, e);
        }
    }

    private int report() {
        PrintWriter err = spec.commandLine().getErr();
        PortaskException failure = firstFailure.get();
        if (failure == null) {
            err.println("published " + acknowledged.get() + " messages to " + topic);
            return 0;
        }
        err.println("portask: " + failure.getMessage() + " (" + acknowledged.get() + " messages acknowledged, "
                + failed.get() + " not; publishing stopped)");
        return 1;
    }
}
