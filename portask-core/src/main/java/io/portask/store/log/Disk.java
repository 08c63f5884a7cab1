package io.portask.store.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.List;

/**
 * Everything that the log store asks of the file system, in one place, so that tests can put a disk in its place that
 * loses power, tears writes, flips bits, runs full or fails. Any thread.
 *
 * <p>What is durable when: the bytes of a file after a force of its channel or a forced {@link #write}; a name that was
 * made, moved or deleted after {@link #forceDirectory} of the directory that holds it. Nothing else is.
 */
interface Disk {
    Disk SYSTEM = new SystemDisk();

    /** The right to be the only one in a data directory; ends when it is closed, or with the process. */
    Closeable lock(Path directory) throws IOException;

    /** A channel for reads, writes, truncates and forces at positions. */
    FileChannel open(Path path, OpenOption... options) throws IOException;

    boolean exists(Path path);

    boolean isDirectory(Path path);

    /** The size of a file in bytes. */
    long size(Path file) throws IOException;

    /** The whole content of a small file. Not disturbed by an interrupt. */
    byte[] read(Path file) throws IOException;

    /**
     * Makes a small file of what remains in {@code content}, which lies in an array, or replaces its content in place; a crash
     * may tear it. Not disturbed by an interrupt.
     */
    void write(Path file, ByteBuffer content, boolean force) throws IOException;

    /** The paths in a directory, sorted by name. */
    List<Path> list(Path directory) throws IOException;

    /** Makes a directory and those above it that are missing. */
    void createDirectories(Path directory) throws IOException;

    /** Moves a file or directory in one step, over a file of the same name. */
    void move(Path from, Path to) throws IOException;

    /** Deletes a file or an empty directory if it is there. Channels that are open go on with the bytes. */
    void delete(Path path) throws IOException;

    /** Makes the names in a directory durable. */
    void forceDirectory(Path directory) throws IOException;

    /** The bytes that can still be written to the file system of a directory. */
    long usableBytes(Path directory) throws IOException;
}
