package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of a store that are not messages.
 *
 * <pre>
 *  format-version                   i32, {@value #FORMAT_VERSION}
 *  portask.lock                     see {@link DirectoryLock}
 *  committed-offsets.log            see {@link CommittedOffsets}
 *  topics/NAME/topic                see {@link TopicDescriptor}
 *  topics/NAME/PARTITION/*.log      see {@link Segment}; the directory is made by the first append
 *  trash/                           topics half made or half deleted; emptied at start
 * </pre>
 *
 * A topic appears and disappears by one rename.
 */
final class DataDirectory {
    static final int FORMAT_VERSION = 1;

    static final String VERSION_FILE = "format-version";
    static final String TOPICS = "topics";
    static final String TRASH = "trash";

    private final Disk disk;
    private final Path root;
    private long trashNumber;

    DataDirectory(Disk disk, Path root) {
        this.disk = disk;
        this.root = root;
    }

    /** Makes the directory if there is none. */
    static void create(Disk disk, Path root) {
        try {
            disk.createDirectories(root);
        } catch (FileAlreadyExistsException e) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "The data directory " + root + " is no directory but a file. Name another place",
                    e);
        } catch (FileSystemException e) {
            throw new PortaskException(
                    ErrorCode.STORE_IO_ERROR,
                    "The data directory " + root + " cannot be made: "
                            + (e.getReason() == null ? e.getClass().getSimpleName() : e.getReason())
                            + ". Make it, or name another place",
                    e);
        } catch (IOException e) {
            throw FileErrors.named("Making the data directory", root, e);
        }
    }

    /** Makes what is missing and finishes what a crash interrupted. Under the lock. */
    void prepare() throws IOException {
        if (!checkVersion(disk, root)) {
            forceAncestors();
            DurableFiles.write(
                    disk,
                    root.resolve(VERSION_FILE),
                    ByteBuffer.allocate(Integer.BYTES).putInt(FORMAT_VERSION).flip());
        }
        Path trash = root.resolve(TRASH);
        if (disk.exists(trash)) {
            DurableFiles.deleteTree(disk, trash);
        }
        disk.createDirectories(trash);
        Path topics = root.resolve(TOPICS);
        disk.createDirectories(topics);
        disk.forceDirectory(topics);
        disk.forceDirectory(root);
    }

    /** Makes the way to a new data directory durable. A directory that cannot be listed was not made here. */
    private void forceAncestors() throws IOException {
        for (Path path = root.getParent(); path != null; path = path.getParent()) {
            try {
                disk.forceDirectory(path);
            } catch (AccessDeniedException e) {
                Logs.STORE.debug("The directory {} cannot be forced", path, e);
            }
        }
    }

    /**
     * Whether there is a store.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION} for one that this version cannot read
     */
    static boolean checkVersion(Disk disk, Path root) throws IOException {
        ByteBuffer content = DurableFiles.read(disk, root.resolve(VERSION_FILE));
        if (content == null) {
            return false;
        }
        int version = content.remaining() < Integer.BYTES ? -1 : content.getInt();
        if (version != FORMAT_VERSION) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "The data directory " + root + " has format " + version + ", this version of Portask reads "
                            + FORMAT_VERSION + " only. Use the version that wrote it");
        }
        return true;
    }

    /** The names of all topics, sorted. */
    static List<String> topicNames(Disk disk, Path root) throws IOException {
        List<String> names = new ArrayList<>();
        Path topics = root.resolve(TOPICS);
        if (disk.isDirectory(topics)) {
            for (Path path : disk.list(topics)) {
                if (disk.isDirectory(path)) {
                    names.add(TopicNames.check(path.getFileName().toString()));
                }
            }
        }
        return names;
    }

    static Path topicDirectory(Path root, String name) {
        return root.resolve(TOPICS).resolve(name);
    }

    /** Makes a topic durably. On the housekeeper. */
    Path createTopic(String name, TopicDescriptor descriptor) throws IOException {
        Path draft = trashPath();
        disk.createDirectories(draft);
        descriptor.write(disk, draft);
        Path directory = topicDirectory(root, name);
        disk.move(draft, directory);
        DurableFiles.forceDirectoryOf(disk, directory);
        return directory;
    }

    /** Removes a topic's name durably; returns where its files are now. On the housekeeper. */
    Path removeTopic(Path directory) throws IOException {
        Path removed = trashPath();
        disk.move(directory, removed);
        DurableFiles.forceDirectoryOf(disk, directory);
        return removed;
    }

    private Path trashPath() {
        return root.resolve(TRASH).resolve(Long.toString(trashNumber++));
    }
}
