package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The data directory of a store that does not run, looked at without changing anything. */
final class ReadOnlyDirectory {
    /** Opens nothing to write. */
    static final Disk DISK = new SystemDisk() {
        @Override
        public FileChannel open(Path path, OpenOption... options) throws IOException {
            return super.open(path, StandardOpenOption.READ);
        }
    };

    /** What is done with the directory. */
    interface Task {
        void run() throws IOException;
    }

    private ReadOnlyDirectory() {}

    /**
     * Runs a task under a lock that keeps stores out.
     *
     * @param action what the task does, for errors, such as "Checking"
     * @throws PortaskException if the directory is in use, holds no store, or cannot be read
     */
    static void whileLocked(Path root, String action, Task task) {
        try {
            if (!DISK.isDirectory(root)) {
                throw new NotDirectoryException(root.toString());
            }
            try (DirectoryLock lock = DirectoryLock.acquireToRead(root)) {
                if (!DataDirectory.checkVersion(DISK, root)) {
                    throw new PortaskException(
                            ErrorCode.INVALID_CONFIGURATION,
                            "The directory " + lock.directory() + " holds no store: there is no "
                                    + DataDirectory.VERSION_FILE + " in it");
                }
                task.run();
            }
        } catch (NotDirectoryException e) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, root + " is no directory. Name the data directory of a store", e);
        } catch (IOException e) {
            throw FileErrors.named(action, root, e);
        }
    }
}
