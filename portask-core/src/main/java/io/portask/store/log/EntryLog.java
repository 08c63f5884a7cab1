package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * A file of small entries that only grows. A crash may tear what was not forced, which is then dropped; damage to what an
 * entry behind it knows to have been on the device is never cut off but refused. Guarded by its owner's lock.
 *
 * <pre>
 *  0  u32 CRC32C of what follows
 *  4  i32 length of the body
 *  8  i32 bytes before this entry that were not yet known to be on the device
 * 12  body; none in the entry that ends the log of a store that was closed
 * </pre>
 */
final class EntryLog {
    static final int CRC_OFFSET = 0;
    static final int LENGTH_OFFSET = 4;
    static final int UNFORCED_OFFSET = 8;
    static final int BODY_OFFSET = 12;

    private final LogFile file;
    private long end;
    private volatile long forced;
    private boolean sealed;

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
     * Gives every entry's body to {@code onBody}, drops a torn tail and makes sure that the rest is on the device. Before the
     * first append; the file need not exist.
     *
     * @return whether the log was closed in good order, so that nothing can be missing at its end
     * @throws PortaskException {@link ErrorCode#CORRUPT_STORE} for damage to what was on the device
     */
    boolean load(Consumer<ByteBuffer> onBody) throws IOException {
        if (!file.exists()) {
            return true;
        }
        ByteBuffer content = ByteBuffer.wrap(file.readAll());
        int at = read(content, onBody);
        end = at;
        forced = at;
        sealed = at == content.limit() && at > 0 && entrySize(content, at - BODY_OFFSET) == BODY_OFFSET;
        if (!sealed) {
            cut(content, at);
        }
        return sealed;
    }

    private void cut(ByteBuffer content, int at) throws IOException {
        Path path = file.path();
        if (isDamaged(content, at)) {
            throw new PortaskException(
                    ErrorCode.CORRUPT_STORE,
                    "The file " + path + " is damaged at byte " + at + ". Restore it from a backup");
        }
        file.pin();
        try {
            if (at < content.limit()) {
                Logs.STORE.info("Dropped {} bytes of torn entries at the end of {}", content.limit() - at, path);
                file.truncate(at);
            }
            file.force();
        } finally {
            file.unpin();
        }
        DurableFiles.forceDirectoryOf(file.disk(), path);
    }

    /** Gives every body up to the first place where no whole entry is to {@code onBody}; returns that place. */
    static int read(ByteBuffer content, Consumer<ByteBuffer> onBody) {
        int at = 0;
        int size = entrySize(content, at);
        while (size > 0) {
            if (size > BODY_OFFSET) {
                onBody.accept(content.slice(at + BODY_OFFSET, size - BODY_OFFSET));
            }
            at += size;
            size = entrySize(content, at);
        }
        return at;
    }

    /** Whether the bytes from {@code at} on, which are no entry, were on the device once; if not, they are a torn tail. */
    static boolean isDamaged(ByteBuffer content, int at) {
        for (int later = at + 1; later < content.limit(); later++) {
            if (entrySize(content, later) > 0 && later - content.getInt(later + UNFORCED_OFFSET) > at) {
                return true;
            }
        }
        return false;
    }

    private static int entrySize(ByteBuffer content, int at) {
        int left = content.limit() - at;
        if (left < BODY_OFFSET) {
            return -1;
        }
        int length = content.getInt(at + LENGTH_OFFSET);
        if (length < 0 || length > left - BODY_OFFSET) {
            return -1;
        }
        return checksum(content, at, BODY_OFFSET + length) == content.getInt(at + CRC_OFFSET)
                ? BODY_OFFSET + length
                : -1;
    }

    private static int checksum(ByteBuffer entries, int at, int size) {
        CRC32C crc = new CRC32C();
        crc.update(entries.slice(at + LENGTH_OFFSET, size - LENGTH_OFFSET));
        return (int) crc.getValue();
    }

    /** An entry with room for a body, to be filled from its position on and then flipped. */
    static ByteBuffer entry(int bodyLength) {
        return ByteBuffer.allocate(BODY_OFFSET + bodyLength)
                .putInt(LENGTH_OFFSET, bodyLength)
                .position(BODY_OFFSET);
    }

    /** Completes entries that will stand at {@code position} in a file. */
    private ByteBuffer sealed(ByteBuffer entries, long position) {
        int at = entries.position();
        while (at < entries.limit()) {
            int size = BODY_OFFSET + entries.getInt(at + LENGTH_OFFSET);
            long unforced = position + at - entries.position() - forced;
            entries.putInt(at + UNFORCED_OFFSET, (int) Math.min(Integer.MAX_VALUE, unforced));
            entries.putInt(at + CRC_OFFSET, checksum(entries, at, size));
            at += size;
        }
        return entries;
    }

    /** Appends entries, to be forced by {@code commit}. After a failure none of them is in the file, or the next append writes over them. */
    void append(ByteBuffer entries, GroupCommit commit) throws IOException {
        commit.add(file);
        append(entries);
        long written = end;
        commit.whenForced(() -> forced = written);
    }

    private void append(ByteBuffer entries) throws IOException {
        int size = entries.remaining();
        try {
            file.write(sealed(entries, end), end);
            end += size;
            sealed = false;
        } catch (IOException e) {
            try {
                file.truncate(end);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** Makes a new log of the entries of a state. */
    void create(ByteBuffer entries) throws IOException {
        file.create();
        append(entries);
    }

    /** Takes the place of another log durably. Neither is to be used any more. */
    void replace(EntryLog other) throws IOException {
        file.pin();
        try {
            file.force();
        } finally {
            file.unpin();
        }
        file.retire();
        other.file.retire();
        file.disk().move(file.path(), other.file.path());
        DurableFiles.forceDirectoryOf(file.disk(), other.file.path());
    }

    /** Notes that all is on the device, so that the next start need not wonder. After the last force. */
    void seal() {
        if (end > 0 && !sealed) {
            try {
                append(entry(0).flip());
            } catch (IOException e) {
                Logs.STORE.warn("Noting the end of {} failed; it will be taken for that of a crash", file.path(), e);
            }
        }
    }

    /** Goes on behind what another log of the same content has written and forced. */
    void skip(long bytes) {
        end += bytes;
        forced = end;
    }
}
