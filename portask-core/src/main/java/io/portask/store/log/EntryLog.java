package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * A file of small entries that only grows. A crash may tear the last entry, which is then dropped; damage before entries
 * that are whole is never cut off but refused. Guarded by its owner's lock.
 *
 * <pre>
 *  0  u32 CRC32C of what follows
 *  4  i32 length of the body, at least 1
 *  8  body
 * </pre>
 */
final class EntryLog {
    static final int CRC_OFFSET = 0;
    static final int LENGTH_OFFSET = 4;
    static final int BODY_OFFSET = 8;

    private final LogFile file;
    private long end;

    EntryLog(LogFile file) {
        this.file = file;
    }

    LogFile file() {
        return file;
    }

    /** The number of bytes in whole entries. */
    long size() {
        return end;
    }

    /**
     * Gives every entry's body to {@code onBody} and drops a torn tail. Before the first append; the file need not exist.
     *
     * @throws PortaskException {@link ErrorCode#CORRUPT_STORE} for damage before whole entries
     */
    void load(Consumer<ByteBuffer> onBody) throws IOException {
        Path path = file.path();
        if (!file.exists()) {
            return;
        }
        ByteBuffer content = ByteBuffer.wrap(file.readAll());
        int at = read(content, onBody);
        end = at;
        if (at == content.limit()) {
            return;
        }
        if (hasEntryAfter(content, at)) {
            throw new PortaskException(
                    ErrorCode.CORRUPT_STORE,
                    "The file " + path + " is damaged at byte " + at + ". Restore it from a backup");
        }
        Logs.STORE.info("Dropped {} bytes of a torn entry at the end of {}", content.limit() - at, path);
        file.truncate(at);
        file.pin();
        try {
            file.force();
        } finally {
            file.unpin();
        }
    }

    /** Gives every body up to the first damage to {@code onBody}; returns where that is. */
    static int read(ByteBuffer content, Consumer<ByteBuffer> onBody) {
        int at = 0;
        int size = entrySize(content, at);
        while (size > 0) {
            onBody.accept(content.slice(at + BODY_OFFSET, size - BODY_OFFSET));
            at += size;
            size = entrySize(content, at);
        }
        return at;
    }

    /** Whether a whole entry follows somewhere behind damage at {@code at}; if not, the damage is a torn tail. */
    static boolean hasEntryAfter(ByteBuffer content, int at) {
        for (int later = at + 1; later < content.limit(); later++) {
            if (entrySize(content, later) > 0) {
                return true;
            }
        }
        return false;
    }

    private static int entrySize(ByteBuffer content, int at) {
        int left = content.limit() - at;
        if (left <= BODY_OFFSET) {
            return -1;
        }
        int length = content.getInt(at + LENGTH_OFFSET);
        if (length < 1 || length > left - BODY_OFFSET) {
            return -1;
        }
        CRC32C crc = new CRC32C();
        crc.update(content.slice(at + LENGTH_OFFSET, length + BODY_OFFSET - LENGTH_OFFSET));
        return (int) crc.getValue() == content.getInt(at + CRC_OFFSET) ? BODY_OFFSET + length : -1;
    }

    /** An entry with room for a body, to be filled from {@link #BODY_OFFSET} on. */
    static ByteBuffer entry(int bodyLength) {
        return ByteBuffer.allocate(BODY_OFFSET + bodyLength)
                .putInt(LENGTH_OFFSET, bodyLength)
                .position(BODY_OFFSET);
    }

    /** Puts the checksum in front of a filled entry and makes it ready to be written. */
    static ByteBuffer sealed(ByteBuffer entry) {
        entry.position(LENGTH_OFFSET);
        CRC32C crc = new CRC32C();
        crc.update(entry);
        return entry.putInt(CRC_OFFSET, (int) crc.getValue()).flip();
    }

    /** Appends sealed entries: after a failure none of them is in the file, or the next append writes over them. */
    void append(ByteBuffer entries) throws IOException {
        int size = entries.remaining();
        try {
            file.write(entries, end);
            end += size;
        } catch (IOException e) {
            try {
                file.truncate(end);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** Goes on behind what another log of the same content has written. */
    void skip(long bytes) {
        end += bytes;
    }
}
