package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The right to a data directory: {@code portask.lock}, locked in the operating system against other processes and in a
 * registry against other stores of this one. Both end with the process; the file stays and means nothing by itself.
 */
final class DirectoryLock implements Closeable {
    static final String FILE_NAME = "portask.lock";

    private static final Set<Path> HELD = new HashSet<>();

    private final Path directory;
    private final @Nullable FileChannel channel;

    private DirectoryLock(Path directory, @Nullable FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /** Locks a directory to write in it. */
    static DirectoryLock acquire(Path directory) throws IOException {
        return lock(directory, false);
    }

    /** Locks a directory against writers, without a change on the disk. */
    static DirectoryLock acquireToRead(Path directory) throws IOException {
        return lock(directory, true);
    }

    private static DirectoryLock lock(Path directory, boolean readOnly) throws IOException {
        Path real = directory.toRealPath();
        register(real, directory);
        FileChannel channel = null;
        boolean locked = false;
        try {
            channel = open(real.resolve(FILE_NAME), readOnly);
            if (channel != null && tryLock(channel, readOnly) == null) {
                throw locked(directory, "Another process");
            }
            locked = true;
            return new DirectoryLock(real, channel);
        } finally {
            if (!locked) {
                unregister(real);
                if (channel != null) {
                    channel.close();
                }
            }
        }
    }

    private static @Nullable FileChannel open(Path file, boolean readOnly) throws IOException {
        if (!readOnly) {
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        }
        try {
            return FileChannel.open(file, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel, boolean shared) throws IOException {
        try {
            return channel.tryLock(0, Long.MAX_VALUE, shared);
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static void register(Path real, Path directory) {
        synchronized (HELD) {
            if (!HELD.add(real)) {
                throw locked(directory, "Another store of this process");
            }
        }
    }

    private static void unregister(Path real) {
        synchronized (HELD) {
            HELD.remove(real);
        }
    }

    private static PortaskException locked(Path directory, String who) {
        return new PortaskException(
                ErrorCode.STORE_LOCKED,
                who + " uses the data directory " + directory + ". Stop it first, or choose another directory");
    }

    Path directory() {
        return directory;
    }

    @Override
    public void close() throws IOException {
        try {
            if (channel != null) {
                channel.close();
            }
        } finally {
            unregister(directory);
        }
    }
}
