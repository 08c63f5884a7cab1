package io.portask.launcher;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a server logs to standard error, and how. */
final class LogOptions {
    /** The values of {@code --log-format}. */
    enum Format {
        TEXT,
        JSON
    }

    @Option(
            names = "--log-format",
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "How log lines on stderr look: text, or json, one object a line (default: ${DEFAULT-VALUE}).")
    private Format format = Format.TEXT;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            description = "What is logged: error, warn, info, debug or trace (default: warn).")
    private @Nullable LogLevel level;

    void apply() {
        if (format == Format.JSON) {
            Logging.asJson();
        }
        if (level != null) {
            Logging.level(level);
        }
    }

    /** What a command says to standard error looks like the log. */
    void say(PrintWriter err, String message) {
        err.println(format == Format.JSON ? new JsonLogEncoder().said(message) : message);
    }
}
