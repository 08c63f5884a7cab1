package io.portask.launcher;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code portask bench}: measures a running server from outside. */
@Command(
        name = "bench",
        description = "Measure a running server. Give it cores of its own, or the figures tell of the competition.",
        synopsisSubcommandLabel = "COMMAND")
final class BenchCommand implements Runnable {
    private final Terminal terminal;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    BenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "Missing command; one of produce, consume, roundtrip");
    }

    @Command(name = "produce", description = "How many records a second are published and acknowledged.")
    int produce(@Mixin ServerOptions server, @Mixin BenchOptions options) {
        return report(server, options, "produce", BenchThroughput::produce);
    }

    @Command(
            name = "consume",
            description = "How many records a second are consumed from the start of a topic, after filling it.")
    int consume(@Mixin ServerOptions server, @Mixin BenchOptions options) {
        return report(server, options, "consume", BenchThroughput::consume);
    }

    @Command(
            name = "roundtrip",
            description = "Latency at a steady --rate, from the moment a message was due: until its acknowledgement, "
                    + "and until a consumer has it.")
    int roundtrip(@Mixin ServerOptions server, @Mixin BenchOptions options) {
        return report(server, options, "roundtrip", BenchRoundtrip::run);
    }

    private interface Run {
        BenchResult run(BenchTarget target) throws Exception;
    }

    private int report(ServerOptions server, BenchOptions options, String name, Run run) {
        options.check();
        try (BenchTarget target = new BenchTarget(
                server,
                options,
                new ProgressBar(name, terminal, spec.commandLine().getErr()))) {
            BenchResult result = run.run(target);
            spec.commandLine().getOut().println(options.json() ? result.toJson(name, options) : result.toText(name));
            return 0;
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }
}
