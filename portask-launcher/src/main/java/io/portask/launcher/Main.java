package io.portask.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.slf4j.LoggerFactory;
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
        DataOutput out = new DataOutput(terminal.out());
        CommandLine commandLine = new CommandLine(new PortaskCommand(), new CommandFactory(terminal))
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true);
        commandLine.setParameterExceptionHandler((error, rejected) -> reportUsage(error, err));
        commandLine.setExecutionExceptionHandler((error, command, parsed) -> {
            int exitCode = error instanceof CommandLine.ParameterException usage
                    ? reportUsage(usage, err)
                    : reportFailure(cause(error), err);
            if (PortaskCommand.isVerbose(command)) {
                error.printStackTrace(err);
            }
            return exitCode;
        });
        commandLine.setExecutionStrategy(parsed -> {
            if (PortaskCommand.isVerbose(commandLine)
                    && LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
                root.setLevel(Level.DEBUG);
            }
            return new CommandLine.RunLast().execute(parsed);
        });
        try {
            commandLine.setDefaultValueProvider(Settings.of(commandLine, environment, args));
        } catch (CommandLine.ParameterException e) {
            return reportUsage(e, err);
        }
        int exitCode = commandLine.execute(args);
        IOException unwritten = out.failure();
        return unwritten == null ? exitCode : reportFailure(unwritten, err);
    }

    private static int reportUsage(CommandLine.ParameterException error, PrintWriter err) {
        err.println("portask: " + firstLine(describe(error)) + "; see 'portask"
                + error.getCommandLine().getCommandSpec().qualifiedName(" ").substring("portask".length())
                + " --help'");
        return USAGE;
    }

    private static int reportFailure(Throwable error, PrintWriter err) {
        err.println("portask: " + firstLine(describe(error)));
        return FAILURE;
    }

    /** Without what merely carried it here. */
    private static Throwable cause(Throwable error) {
        Throwable cause = error;
        while ((cause instanceof UncheckedIOException
                        || cause instanceof CommandLine.ExecutionException
                        || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static String describe(Throwable error) {
        if (error instanceof CommandLine.UnmatchedArgumentException unmatched) {
            return describe(unmatched);
        }
        String message = error.getMessage();
        return message == null ? error.toString() : message;
    }

    private static String describe(CommandLine.UnmatchedArgumentException unmatched) {
        String what = unmatched.getUnmatched().get(0);
        boolean option = unmatched.isUnknownOption();
        boolean command =
                !option && !unmatched.getCommandLine().getSubcommands().isEmpty();
        List<String> similar = unmatched.getSuggestions();
        return (option ? "Unknown option '" : command ? "Unknown command '" : "Unexpected argument '") + what + "'"
                + (similar.isEmpty() ? "" : " (did you mean " + String.join(" or ", similar) + "?)");
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end).strip();
    }
}
