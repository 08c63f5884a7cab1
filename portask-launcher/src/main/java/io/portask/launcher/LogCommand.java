package io.portask.launcher;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code portask log}: looks into the log of a stopped server. */
@Command(
        name = "log",
        description = "Look into the log of a stopped server.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = LogDumpCommand.class)
final class LogCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Missing command; there is dump DIR");
    }
}
