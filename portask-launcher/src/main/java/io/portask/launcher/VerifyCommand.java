package io.portask.launcher;

import io.portask.store.verify.LogReport;
import io.portask.store.verify.LogVerifier;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code portask verify}: reads a stopped data directory and changes nothing. */
@Command(
        name = "verify",
        description = "Read every batch of a stopped server's data directory and check it. Changes nothing.")
final class VerifyCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(paramLabel = "DIR", description = "The data directory.")
    private Path directory = Path.of(".");

    @Option(names = "--json", fallbackValue = "true", description = "Print the report as one JSON object.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        LogReport report = LogVerifier.verify(directory, err::println);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.object(object -> {
                object.writeNumberProperty("topics", report.topics());
                object.writeNumberProperty("partitions", report.partitions());
                object.writeNumberProperty("segments", report.segments());
                object.writeNumberProperty("batches", report.batches());
                object.writeNumberProperty("records", report.records());
                object.writeNumberProperty("bytes", report.bytes());
                object.writeNumberProperty("problems", report.problems());
            }));
        } else {
            out.println(report.topics() + " topics, " + report.partitions() + " partitions, " + report.segments()
                    + " segments, " + report.batches() + " batches, " + report.records() + " records, " + report.bytes()
                    + " bytes: " + (report.problems() == 0 ? "all good" : report.problems() + " problems"));
        }
        return report.problems() == 0 ? 0 : 1;
    }
}
