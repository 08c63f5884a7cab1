package io.portask.launcher;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.admin.AdminControl;
import io.portask.store.MessageStores;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What operators see of the options of a server, change while it runs, and how they stop it. Any thread. */
final class ServerAdmin implements AdminControl {
    private static final String LOG_LEVEL = "log-level";
    private static final String MAX_CONNECTIONS = "max-connections";
    private static final Set<String> SECRET = Set.of("auth-token", "encryption-key");
    private static final Set<String> NO_CONFIGURATION = Set.of("help", "version", "config");

    private final CommandSpec command;
    private final GracefulStop stop;
    private volatile @Nullable PortaskServer server;
    private volatile @Nullable String maxConnections;

    ServerAdmin(CommandSpec command, GracefulStop stop) {
        this.command = command;
        this.stop = stop;
    }

    void administer(PortaskServer running) {
        server = running;
    }

    @Override
    public Map<String, String> config() {
        Map<String, String> config = new LinkedHashMap<>();
        for (OptionSpec option : command.options()) {
            String key = option.longestName().replaceFirst("^--", "");
            if (!NO_CONFIGURATION.contains(key)) {
                config.put(key, text(key, option.getValue()));
            }
        }
        config.put(LOG_LEVEL, Logging.level());
        String changed = maxConnections;
        if (changed != null) {
            config.put(MAX_CONNECTIONS, changed);
        }
        return config;
    }

    private static String text(String key, @Nullable Object value) {
        if (value == null) {
            return "";
        }
        if (value instanceof Collection<?> many) {
            return many.stream()
                    .map(one -> SECRET.contains(key) ? "***" : one.toString())
                    .collect(Collectors.joining(","));
        }
        if (value instanceof Enum<?>) {
            return value.toString().toLowerCase(Locale.ROOT);
        }
        return key.equals("store") ? MessageStores.masked(value.toString()) : value.toString();
    }

    /** Reads all of it before anything is changed. */
    @Override
    public void change(Map<String, String> changes) {
        List<Runnable> steps = new ArrayList<>();
        changes.forEach((key, value) -> steps.add(
                switch (key) {
                    case LOG_LEVEL -> {
                        LogLevel level = level(value);
                        yield () -> Logging.level(level);
                    }
                    case MAX_CONNECTIONS -> {
                        int max = number(value);
                        yield () -> limitConnections(max);
                    }
                    default ->
                        throw invalid(key + " cannot be changed while the server runs; allowed are " + LOG_LEVEL
                                + " and " + MAX_CONNECTIONS);
                }));
        steps.forEach(Runnable::run);
    }

    private void limitConnections(int max) {
        PortaskServer running = server;
        if (running != null) {
            running.limitConnections(max);
            maxConnections = Integer.toString(max);
        }
    }

    private static LogLevel level(String value) {
        for (LogLevel level : LogLevel.values()) {
            if (level.name().equalsIgnoreCase(value)) {
                return level;
            }
        }
        throw invalid(LOG_LEVEL + " is " + value + "; allowed is error, warn, info, debug or trace");
    }

    private static int number(String value) {
        try {
            int number = Integer.parseInt(value);
            if (number >= 1 && number <= 10_000_000) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw invalid(MAX_CONNECTIONS + " is " + value + "; allowed is 1 to 10000000");
    }

    private static PortaskException invalid(String text) {
        return new PortaskException(ErrorCode.INVALID_REQUEST, text);
    }

    @Override
    public void shutdown() {
        stop.ask();
    }
}
