package io.portask.launcher;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;

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
                System.console() != null);
    }
}
