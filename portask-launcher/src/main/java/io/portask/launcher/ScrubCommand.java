package io.portask.launcher;

import io.portask.client.PortaskClient;
import io.portask.record.TopicPartition;
import io.portask.store.ScrubReport;
import io.portask.store.TopicDescription;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** {@code portask scrub}: has a running server read and check all that it keeps. */
@Command(
        name = "scrub",
        description =
                "Have a running server read and check every batch that it keeps, one partition after the other, in the "
                        + "background. Exit code 1 if something is damaged.")
final class ScrubCommand implements Callable<Integer> {
    private static final int MAX_WAIT_MINUTES = 7 * 24 * 60;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Mixin
    private ServerOptions server = new ServerOptions();

    @Option(names = "--topic", paramLabel = "TOPIC", description = "Scrub this topic only. Default: all.")
    private @Nullable String topic;

    @Option(
            names = "--max-wait-minutes",
            paramLabel = "N",
            defaultValue = "1440",
            description = "Give up a partition after this time (default: ${DEFAULT-VALUE}).")
    private int maxWaitMinutes;

    @Option(
            names = "--json",
            fallbackValue = "true",
            description = "Print one JSON object for each partition, and one for the whole.")
    private boolean json;

    @Override
    public Integer call() {
        if (maxWaitMinutes < 0 || maxWaitMinutes > MAX_WAIT_MINUTES) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "--max-wait-minutes is 0 to " + MAX_WAIT_MINUTES + ", not " + maxWaitMinutes);
        }
        int partitions = 0;
        long batches = 0;
        long bytes = 0;
        long problems = 0;
        try (PortaskClient client = server.connect("portask-scrub")) {
            for (TopicDescription description : topics(client)) {
                for (int i = 0; i < description.partitionCount(); i++) {
                    TopicPartition partition = new TopicPartition(description.name(), i);
                    ScrubReport report = client.scrub(partition, (int) TimeUnit.MINUTES.toMillis(maxWaitMinutes));
                    print(partition, report);
                    partitions++;
                    batches += report.batches();
                    bytes += report.bytes();
                    problems += report.problems().size();
                }
            }
        }
        printWhole(partitions, batches, bytes, problems);
        return problems == 0 ? 0 : 1;
    }

    private List<TopicDescription> topics(PortaskClient client) {
        return topic == null ? client.listTopics() : List.of(client.describeTopic(topic));
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private void print(TopicPartition partition, ScrubReport report) {
        if (json) {
            out().println(Json.object(object -> {
                object.writeStringProperty("topic", partition.topic());
                object.writeNumberProperty("partition", partition.partition());
                object.writeNumberProperty("batches", report.batches());
                object.writeNumberProperty("bytes", report.bytes());
                object.writeName("problems");
                object.writeStartArray();
                report.problems().forEach(problem -> write(object, problem));
                object.writeEndArray();
            }));
            return;
        }
        for (ScrubReport.Problem problem : report.problems()) {
            spec.commandLine()
                    .getErr()
                    .println("problem: " + partition + ": offsets " + problem.firstOffset() + " to "
                            + problem.lastOffset() + ": " + problem.text());
        }
        out().println(partition + ": "
                + counts(report.batches(), report.bytes(), report.problems().size()));
    }

    private static void write(JsonGenerator json, ScrubReport.Problem problem) {
        json.writeStartObject();
        json.writeNumberProperty("firstOffset", problem.firstOffset());
        json.writeNumberProperty("lastOffset", problem.lastOffset());
        json.writeStringProperty("text", problem.text());
        json.writeEndObject();
    }

    private void printWhole(int partitions, long batches, long bytes, long problems) {
        if (json) {
            out().println(Json.object(object -> {
                object.writeNumberProperty("partitions", partitions);
                object.writeNumberProperty("batches", batches);
                object.writeNumberProperty("bytes", bytes);
                object.writeNumberProperty("problems", problems);
            }));
        } else {
            out().println(partitions + " partitions: " + counts(batches, bytes, problems));
        }
    }

    private static String counts(long batches, long bytes, long problems) {
        return batches + " batches, " + bytes + " bytes, " + (problems == 0 ? "all good" : problems + " problems");
    }
}
