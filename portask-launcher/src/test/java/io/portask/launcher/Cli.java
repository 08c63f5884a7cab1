package io.portask.launcher;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Runs a command of the command line in this process. */
final class Cli {
    /** What a command left behind. */
    record Result(int exitCode, String out, String err) {}

    private Cli() {}

    static Result run(String... args) {
        return run("", Map.of(), args);
    }

    static Result runWithInput(String input, String... args) {
        return run(input, Map.of(), args);
    }

    static Result run(String input, Map<String, String> environment, String... args) {
        return run(input.getBytes(StandardCharsets.UTF_8), environment, args);
    }

    static Result run(byte[] input, Map<String, String> environment, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(new ByteArrayInputStream(input), out, err, false);
        int exitCode = Main.run(terminal, environment, args);
        return new Result(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
