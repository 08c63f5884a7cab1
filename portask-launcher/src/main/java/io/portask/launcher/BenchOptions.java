package io.portask.launcher;

import io.portask.record.Compression;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The workload of {@code portask bench}. */
final class BenchOptions {
    @Option(
            names = "--records",
            paramLabel = "N",
            description =
                    "Records to measure, after a warm-up of a tenth as many (default: 5000000; roundtrip 300000).")
    private long records;

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
            description = "Connections, each with a thread of its own (default: ${DEFAULT-VALUE}).")
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

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    void check(CommandLine command) {
        checkAtLeast(command, "--records", records, records == 0 ? 0 : 1);
        checkAtLeast(command, "--size", size, 0);
        checkAtLeast(command, "--clients", clients, 1);
        checkAtLeast(command, "--partitions", partitions, 1);
        checkAtLeast(command, "--rate", rate, 1);
        checkAtLeast(command, "--batch-bytes", batchBytes, 1024);
    }

    private static void checkAtLeast(CommandLine command, String option, long value, long least) {
        if (value < least) {
            throw new CommandLine.ParameterException(
                    command, option + " is at least " + Math.max(1, least) + ", not " + value);
        }
    }

    long records(long unlessGiven) {
        return records == 0 ? unlessGiven : records;
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
