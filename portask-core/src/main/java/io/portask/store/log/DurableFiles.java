package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Small files that are replaced as a whole: after a crash there is the old content or the new, never a mixture. Write to a
 * temporary name, fsync, move over, fsync the directory. A checksum stands before the content:
 *
 * <pre>
 *  0  i32 magic "PTF1"
 *  4  u32 CRC32C of the content
 *  8  content
 * </pre>
 */
final class DurableFiles {
    static final int MAGIC_OFFSET = 0;
    static final int CRC_OFFSET = 4;
    static final int CONTENT_OFFSET = 8;
    static final int MAGIC = 0x50544631;
    static final String TEMPORARY_SUFFIX = ".tmp";

    private DurableFiles() {}

    /** Replaces the file durably by the remaining bytes of {@code content}. */
    static void write(Disk disk, Path path, ByteBuffer content) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(CONTENT_OFFSET + content.remaining());
        file.put(CONTENT_OFFSET, content, content.position(), content.remaining());
        replace(disk, path, file, true);
        forceDirectoryOf(disk, path);
    }

    /**
     * Replaces the file by what remains in {@code file}; after a power cut it may be missing or damaged.
     *
     * @param file the content behind {@value #CONTENT_OFFSET} bytes that are written over; in an array
     */
    static void writeLazily(Disk disk, Path path, ByteBuffer file) throws IOException {
        replace(disk, path, file, false);
    }

    private static void replace(Disk disk, Path path, ByteBuffer file, boolean durable) throws IOException {
        ByteBuffer content = file.slice(CONTENT_OFFSET, file.limit() - CONTENT_OFFSET);
        file.putInt(MAGIC_OFFSET, MAGIC).putInt(CRC_OFFSET, crc(content));
        Path temporary = path.resolveSibling(path.getFileName() + TEMPORARY_SUFFIX);
        disk.write(temporary, file, durable);
        disk.move(temporary, path);
    }

    /**
     * The content, or null if there is no such file.
     *
     * @throws PortaskException {@link ErrorCode#CORRUPT_STORE} if the checksum does not agree
     */
    static @Nullable ByteBuffer read(Disk disk, Path path) throws IOException {
        if (!disk.exists(path)) {
            return null;
        }
        ByteBuffer file = ByteBuffer.wrap(disk.read(path));
        if (file.limit() >= CONTENT_OFFSET && file.getInt(MAGIC_OFFSET) == MAGIC) {
            ByteBuffer content = file.slice(CONTENT_OFFSET, file.limit() - CONTENT_OFFSET);
            if (crc(content) == file.getInt(CRC_OFFSET)) {
                return content;
            }
        }
        throw new PortaskException(
                ErrorCode.CORRUPT_STORE, "The file " + path + " is damaged. Restore it from a backup");
    }

    static int crc(ByteBuffer content) {
        CRC32C crc = new CRC32C();
        crc.update(content.duplicate());
        return (int) crc.getValue();
    }

    static void forceDirectoryOf(Disk disk, Path path) throws IOException {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
            disk.forceDirectory(parent);
        }
    }

    static void deleteTree(Disk disk, Path root) throws IOException {
        if (disk.isDirectory(root)) {
            for (Path path : disk.list(root)) {
                deleteTree(disk, path);
            }
        }
        disk.delete(root);
    }
}
