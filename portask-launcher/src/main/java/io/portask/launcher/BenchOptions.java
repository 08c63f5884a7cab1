package io.portask.launcher;

import io.portask.record.Compression;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The workload of {@code portask bench}. */
final class BenchOptions {
    private static final long MAX_RECORDS = 1_000_000_000;
    private static final int MAX_SIZE = 64 << 20;
    private static final int MAX_CLIENTS = 1000;
    private static final int MAX_RATE = 10_000_000;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--records",
            paramLabel = "N",
            description =
                    "Records to measure, after a warm-up (default: 5000000, after 500000; roundtrip 300000, after 100000).")
    private @Nullable Long records;

    @Option(
            names = "--size",
            paramLabel = "BYTES",
            defaultValue = "100",
            description = "Bytes of each value, random (default: ${DEFAULT-VALUE}).")
    private int size;

    @Option(names = "--ack", paramLabel = "LEVEL", description = "none, written or synced (default: the server's).")
    private @Nullable AckLevel ack;

    @Option(
            names = "--clients",
            paramLabel = "N",
            defaultValue = "1",
            description = "Connections; produce and consume give each a thread, roundtrip sends on them in turn "
                    + "(default: ${DEFAULT-VALUE}).")
    private int clients;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "1",
            description = "Partitions of the topic (default: ${DEFAULT-VALUE}).")
    private int partitions;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "10000",
            description = "For roundtrip: records a second of all clients together (default: ${DEFAULT-VALUE}).")
    private int rate;

    @Option(
            names = "--batch-bytes",
            paramLabel = "BYTES",
            defaultValue = "65536",
            description = "The largest batch a producer sends (default: ${DEFAULT-VALUE}).")
    private int batchBytes;

    @Option(
            names = "--compression",
            paramLabel = "KIND",
            defaultValue = "none",
            description = "none or zstd; the values are random, so zstd does not pay (default: ${DEFAULT-VALUE}).")
    private Compression compression = Compression.NONE;

    @Option(names = "--json", fallbackValue = "true", description = "Print one JSON object.")
    private boolean json;

    /** @throws CommandLine.ParameterException for a value out of range */
    void check() {
        checkRange("--records", records == null ? 1 : records, 1, MAX_RECORDS);
        checkRange("--size", size, 0, MAX_SIZE);
        checkRange("--clients", clients, 1, MAX_CLIENTS);
        checkRange("--rate", rate, 1, MAX_RATE);
    }

    /** @throws CommandLine.ParameterException that names the option which {@code configuration} refuses */
    <T> T named(Supplier<T> configuration) {
        return OptionErrors.named(spec, configuration);
    }

    private void checkRange(String option, long value, long min, long max) {
        if (value < min || value > max) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), option + " is " + value + "; allowed is " + min + " to " + max);
        }
    }

    long records(long unlessGiven) {
        return records == null ? unlessGiven : records;
    }

    int size() {
        return size;
    }

    @Nullable
    AckLevel ack() {
        return ack;
    }

    int clients() {
        return clients;
    }

    int partitions() {
        return partitions;
    }

    int rate() {
        return rate;
    }

    int batchBytes() {
        return batchBytes;
    }

    Compression compression() {
        return compression;
    }

    boolean json() {
        return json;
    }
}
