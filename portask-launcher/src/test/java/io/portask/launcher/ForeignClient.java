package io.portask.launcher;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;

/**
 * A program that speaks HTTP, was written elsewhere, and is used where this machine has it. The first test that asks for one prints
 * which of them are here, all in one line, so that none is missed silently.
 */
enum ForeignClient {
    CURL("curl"),
    NODE("node"),
    WRK("wrk"),
    CHROMIUM("chromium", "chromium-browser", "google-chrome");

    private static final Pattern VERSION = Pattern.compile("\\d+\\.\\d+(\\.\\d+)*");

    private final String name;
    private final Optional<Path> program;

    ForeignClient(String... names) {
        name = names[0];
        program = Arrays.stream(names).flatMap(each -> onPath(each).stream()).findFirst();
    }

    /** Read once, printed once. */
    private static final class Report {
        static final String TEXT = Arrays.stream(values())
                .map(ForeignClient::described)
                .collect(Collectors.joining(", ", "clients: ", ""));

        static {
            System.out.println(TEXT);
        }
    }

    private static Optional<Path> onPath(String name) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Its path; aborts the test, in the report's words, where this machine has none. */
    String assumed() {
        Assumptions.assumeTrue(program.isPresent(), Report.TEXT);
        return program.orElseThrow().toString();
    }

    private String described() {
        if (program.isEmpty()) {
            return name + " no (its tests are skipped)";
        }
        try {
            Matcher version = VERSION.matcher(output("--version"));
            return name + " " + (version.find() ? version.group() : "of unknown version") + " yes"
                    + (this == NODE ? " with " + NodeSockets.found() : "");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** What it prints. */
    String output(String... arguments) throws IOException {
        return ForeignProcess.run(program.orElseThrow().toString(), List.of(arguments), Map.of())
                .output();
    }
}
