package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Small files that are replaced as a whole: after a crash there is the old content or the new, never a mixture. Write to a
 * temporary name, fsync, move over, fsync the directory. Streams, not channels, because an interrupt of the calling thread must
 * not break them. A checksum stands before the content:
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
    static void write(Path path, ByteBuffer content) throws IOException {
        replace(path, content, true);
    }

    /** Replaces the file by the remaining bytes of {@code content}; after a power cut it may be missing or damaged. */
    static void writeLazily(Path path, ByteBuffer content) throws IOException {
        replace(path, content, false);
    }

    private static void replace(Path path, ByteBuffer content, boolean durable) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(CONTENT_OFFSET + content.remaining());
        file.putInt(MAGIC).putInt(crc(content)).put(content.duplicate()).flip();
        Path temporary = path.resolveSibling(path.getFileName() + TEMPORARY_SUFFIX);
        try (FileOutputStream out = new FileOutputStream(temporary.toFile())) {
            out.write(file.array());
            if (durable) {
                out.getFD().sync();
            }
        }
        Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        if (durable) {
            forceDirectoryOf(path);
        }
    }

    /**
     * The content, or null if there is no such file.
     *
     * @throws PortaskException {@link ErrorCode#CORRUPT_STORE} if the checksum does not agree
     */
    static @Nullable ByteBuffer read(Path path) throws IOException {
        if (!Files.exists(path)) {
            return null;
        }
        ByteBuffer file;
        try (FileInputStream in = new FileInputStream(path.toFile())) {
            file = ByteBuffer.wrap(in.readAllBytes());
        }
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

    /** Makes the names in a directory durable. */
    static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    static void forceDirectoryOf(Path path) throws IOException {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
            forceDirectory(parent);
        }
    }

    static void deleteTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException error) throws IOException {
                if (error != null) {
                    throw error;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
