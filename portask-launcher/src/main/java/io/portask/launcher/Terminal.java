package io.portask.launcher;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a command reads and writes: data goes to {@code out}, everything else to {@code err}.
 *
 * @param interactive whether a person watches {@code err}
 */
record Terminal(InputStream in, OutputStream out, OutputStream err, boolean interactive) {
    static Terminal system() {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                isTerminal(Path.of("/proc/self/fd/2")));
    }

    /** Java does not tell what a stream is connected to; Linux does. Elsewhere nobody is taken to watch. */
    private static boolean isTerminal(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
