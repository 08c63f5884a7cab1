package io.portask.store.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What one sync has to force: files, pinned since before they were written, and directories with new names in them. */
final class DirtyFiles {
    private final List<LogFile> files = new ArrayList<>(2);
    private final List<Path> directories = new ArrayList<>(0);

    /** Pins a file that is about to be written, unless that was done before. */
    void add(LogFile file) throws IOException {
        if (!files.contains(file)) {
            file.pin();
            files.add(file);
        }
    }

    void addDirectory(Path directory) {
        if (!directories.contains(directory)) {
            directories.add(directory);
        }
    }

    boolean isEmpty() {
        return files.isEmpty() && directories.isEmpty();
    }

    void force(Disk disk) throws IOException {
        for (LogFile file : files) {
            file.force();
        }
        for (Path directory : directories) {
            disk.forceDirectory(directory);
        }
    }

    /** Lets go of everything, forced or not. */
    void release() {
        files.forEach(LogFile::unpin);
        files.clear();
        directories.clear();
    }
}
