package io.portask.launcher;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Defaults from outside the command line. For the option {@code --tcp-port}: the environment variable {@code PORTASK_TCP_PORT},
 * then the key {@code tcp-port} of the properties file, then what the option itself says.
 */
final class Settings implements CommandLine.IDefaultValueProvider {
    private static final String PREFIX = "PORTASK_";

    /** Options that only the command line has. */
    private static final Set<String> NOT_FROM_OUTSIDE = Set.of("help", "version", "config");

    private final Map<String, String> environment;
    private final Properties file;

    private Settings(Map<String, String> environment, Properties file) {
        this.environment = environment;
        this.file = file;
    }

    /** @throws CommandLine.ParameterException if the file cannot be read or has a key that no option has */
    static Settings of(CommandLine commandLine, Map<String, String> environment, String... args) {
        String path = configPath(environment, args);
        Properties file = new Properties();
        if (path != null) {
            try (Reader reader = Files.newBufferedReader(Path.of(path), StandardCharsets.UTF_8)) {
                file.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new CommandLine.ParameterException(
                        commandLine, "Cannot read the configuration file " + path + ": " + describe(e), e);
            }
            checkKeys(commandLine, path, file);
        }
        return new Settings(environment, file);
    }

    private static String describe(Exception error) {
        if (error instanceof NoSuchFileException) {
            return "there is no such file";
        }
        return error instanceof CharacterCodingException ? "it is no UTF-8 text" : String.valueOf(error.getMessage());
    }

    private static @Nullable String configPath(Map<String, String> environment, String... args) {
        for (int i = 0; i < args.length; i++) {
            if (args[i].startsWith("--config=")) {
                return args[i].substring("--config=".length());
            }
            if (args[i].equals("--config") && i + 1 < args.length) {
                return args[i + 1];
            }
        }
        return environment.get(PREFIX + "CONFIG");
    }

    private static void checkKeys(CommandLine commandLine, String path, Properties file) {
        Set<String> known = new TreeSet<>();
        collectKeys(commandLine, known);
        for (String key : new TreeSet<>(file.stringPropertyNames())) {
            if (!known.contains(key)) {
                throw new CommandLine.ParameterException(
                        commandLine,
                        "Unknown key '" + key + "' in " + path + "; known are " + String.join(", ", known));
            }
        }
    }

    private static void collectKeys(CommandLine commandLine, Set<String> keys) {
        for (OptionSpec option : commandLine.getCommandSpec().options()) {
            String key = key(option);
            if (!NOT_FROM_OUTSIDE.contains(key)) {
                keys.add(key);
            }
        }
        commandLine.getSubcommands().values().forEach(sub -> collectKeys(sub, keys));
    }

    private static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^--", "");
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || NOT_FROM_OUTSIDE.contains(key(option))) {
            return null;
        }
        String key = key(option);
        String variable = environment.get(PREFIX + key.toUpperCase(Locale.ROOT).replace('-', '_'));
        return variable != null ? variable : file.getProperty(key);
    }
}
