package io.portask.launcher;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine;

/** Starts the command that the arguments name. Exit codes: 0 fine, 1 failure, 2 usage. */
public final class Main {
    private static final int FAILURE = 1;
    private static final int USAGE = 2;

    private Main() {}

    public static void main(String[] args) {
        System.exit(run(Terminal.system(), System.getenv(), args));
    }

    /** Runs one command. */
    static int run(Terminal terminal, Map<String, String> environment, String... args) {
        PrintWriter err = new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8);
        CommandLine commandLine = new CommandLine(new PortaskCommand(), new CommandFactory(terminal))
                .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true);
        commandLine.setParameterExceptionHandler((error, rejected) -> {
            err.println("portask: " + firstLine(describe(error)));
            err.println("Try 'portask " + error.getCommandLine().getCommandName() + " --help'.");
            return USAGE;
        });
        commandLine.setExecutionExceptionHandler((error, command, parsed) -> {
            Throwable cause =
                    error instanceof UncheckedIOException && error.getCause() != null ? error.getCause() : error;
            err.println("portask: " + firstLine(describe(cause)));
            if (PortaskCommand.isVerbose(command)) {
                error.printStackTrace(err);
            }
            return error instanceof CommandLine.ParameterException ? USAGE : FAILURE;
        });
        try {
            commandLine.setDefaultValueProvider(Settings.of(commandLine, environment, args));
        } catch (CommandLine.ParameterException e) {
            err.println("portask: " + firstLine(describe(e)));
            return USAGE;
        }
        return commandLine.execute(args);
    }

    private static String describe(Throwable error) {
        String message = error.getMessage();
        return message == null ? error.toString() : message;
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end).strip();
    }
}
