package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program that ran in the project's directory until its end, and what it printed on both of its outputs. */
record ForeignProcess(int exitCode, String output) {
    static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final int PATIENCE_SECONDS = 60;

    static ForeignProcess run(String program, List<String> arguments, Map<String, String> environment)
            throws IOException {
        Path output = Files.createTempFile("portask-client", ".txt");
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(PROJECT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            String text = Files.readString(output);
            assertThat(ended).as("%s ends; so far it printed %s", command, text).isTrue();
            return new ForeignProcess(process.exitValue(), text);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            Files.delete(output);
        }
    }
}
