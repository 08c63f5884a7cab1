package io.portask.launcher;

import io.portask.record.TopicPartition;
import io.portask.store.verify.LogDump;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code portask log dump}: what lies in the segment files of one partition. */
@Command(
        name = "dump",
        description = "Print each batch of a partition in a stopped server's data directory, and each damaged part. "
                + "Changes nothing. Exit code 1 if something is damaged.")
final class LogDumpCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(paramLabel = "DIR", description = "The data directory.")
    private Path directory = Path.of(".");

    @Option(names = "--topic", paramLabel = "TOPIC", required = true, description = "The topic.")
    private String topic = "";

    @Option(names = "--partition", paramLabel = "N", required = true, description = "The partition.")
    private int partition;

    @Option(
            names = "--from",
            paramLabel = "OFFSET",
            description = "Begin with the batch that holds this offset. Default: with the first one there is.")
    private @Nullable Long from;

    @Option(names = "--max", paramLabel = "N", description = "Stop after N batches.")
    private long max = Long.MAX_VALUE;

    @Option(
            names = "--records",
            fallbackValue = "true",
            description = "Print the records of each batch too, as one JSON object a line.")
    private boolean records;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text, or json with one object a line (default: ${DEFAULT-VALUE}).")
    private LogDumpPrinter.Format format = LogDumpPrinter.Format.TEXT;

    @Override
    public Integer call() {
        if (max < 1) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--max is at least 1, not " + max);
        }
        if (from != null && from < 0) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--from is an offset, not " + from);
        }
        long first = from == null ? LogDump.FROM_BEGINNING : from;
        TopicPartition name = new TopicPartition(topic, partition);
        try (LogDumpPrinter printer =
                new LogDumpPrinter(spec.commandLine().getOut(), format, name, first, max, records)) {
            LogDump.dump(directory, name, first, printer);
            return printer.foundDamage() ? 1 : 0;
        }
    }
}
