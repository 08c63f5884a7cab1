package io.portask.launcher;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The root of the command line. */
@Command(
        name = "portask",
        description = "A message broker for the JVM.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = Version.class,
        scope = ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        sortOptions = false,
        subcommands = {
            ServeCommand.class,
            PublishCommand.class,
            ConsumeCommand.class,
            TopicsCommand.class,
            GroupsCommand.class,
            DlqCommand.class,
            BenchCommand.class,
            VerifyCommand.class,
            LogCommand.class,
            ScrubCommand.class,
            DemoCommand.class
        },
        footer = {
            "",
            "Every option is also an environment variable (--tcp-port: PORTASK_TCP_PORT) and a key of the properties "
                    + "file that --config names (tcp-port). A flag beats the variable, which beats the file.",
            "Exit codes: 0 fine, 1 failure, 2 usage."
        })
final class PortaskCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Properties file with defaults for the options.")
    void config(String file) {
        // Settings has read it before the command line was parsed: the defaults of all options come from there.
    }

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            fallbackValue = "true",
            description = "Show the cause of errors, and log more.")
    private boolean verbose;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Missing command");
    }

    static boolean isVerbose(CommandLine command) {
        CommandLine root = command;
        while (root.getParent() != null) {
            root = root.getParent();
        }
        return root.getCommand() instanceof PortaskCommand portask && portask.verbose;
    }
}
