package io.portask.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/** The log of this process. Any thread. */
final class Logging {
    private static final String APPENDER = "STDERR";

    private Logging() {}

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }

    static void level(LogLevel level) {
        root().setLevel(Level.valueOf(level.name()));
    }

    /** In lower case. */
    static String level() {
        return root().getLevel().toString().toLowerCase(Locale.ROOT);
    }

    static void asJson() {
        if (root().getAppender(APPENDER) instanceof ConsoleAppender<ILoggingEvent> stderr) {
            JsonLogEncoder encoder = new JsonLogEncoder();
            encoder.setContext(stderr.getContext());
            encoder.start();
            stderr.stop();
            stderr.setEncoder(encoder);
            stderr.start();
        }
    }
}
