package io.portask.launcher;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Turns what a configuration refuses into a usage error that names the option instead of the configuration's key. */
final class OptionErrors {
    private static final Pattern KEY_AND_VALUE = Pattern.compile("(\\w+)( (?:is|has) .*)", Pattern.DOTALL);

    /** Options whose names do not follow from the key. */
    private static final Map<String, String> OPTIONS = Map.of(
            "port", "--tcp-port",
            "defaultPartitions", "--partitions",
            "corsOrigins", "--cors-origin",
            "hostNames", "--http-host-name",
            "tokens", "--auth-token",
            "requestTimeoutMs", "--timeout-ms");

    private OptionErrors() {}

    /**
     * What {@code configuration} returns.
     *
     * @throws CommandLine.ParameterException in place of {@link ErrorCode#INVALID_CONFIGURATION}
     */
    static <T> T named(CommandSpec command, Supplier<T> configuration) {
        try {
            return configuration.get();
        } catch (PortaskException e) {
            if (e.code() != ErrorCode.INVALID_CONFIGURATION) {
                throw e;
            }
            throw new CommandLine.ParameterException(
                    command.commandLine(), name(command, String.valueOf(e.getMessage())), e);
        }
    }

    private static String name(CommandSpec command, String message) {
        Matcher matcher = KEY_AND_VALUE.matcher(message);
        if (!matcher.matches()) {
            return message;
        }
        String key = matcher.group(1);
        String option = OPTIONS.getOrDefault(
                key, "--" + key.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
        return command.findOption(option) == null ? message : option + matcher.group(2);
    }
}
