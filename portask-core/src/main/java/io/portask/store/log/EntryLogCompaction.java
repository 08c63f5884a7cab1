package io.portask.store.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Replaces an {@link EntryLog} by a shorter one of the same meaning: the slow part without the owner's lock, then the entries of
 * the last moment. A crash leaves the old log or the new one; both hold every acknowledged entry. On the housekeeper.
 */
final class EntryLogCompaction {
    private final LogContext context;
    private final Path directory;
    private final Path path;
    private final ReentrantLock lock;
    private final GroupCommit commit;

    EntryLogCompaction(LogContext context, Path directory, String fileName, ReentrantLock lock, GroupCommit commit) {
        this.context = context;
        this.directory = directory;
        this.path = directory.resolve(fileName);
        this.lock = lock;
        this.commit = commit;
    }

    Path temporaryPath() {
        return path.resolveSibling(path.getFileName() + DurableFiles.TEMPORARY_SUFFIX);
    }

    /**
     * @param old the log to be replaced, which only the housekeeper replaces
     * @param state entries for all that the log means now; asked for under the lock
     * @param replaced takes over the new log; called under the lock
     */
    void run(EntryLog old, Supplier<ByteBuffer> state, Consumer<EntryLog> replaced) throws IOException {
        ByteBuffer entries;
        long copied;
        lock.lock();
        try {
            entries = state.get();
            copied = old.size();
        } finally {
            lock.unlock();
        }
        LogFile temporary = context.files().file(temporaryPath());
        long size = entries.remaining();
        new EntryLog(temporary).create(entries);
        temporary.pin();
        try {
            long late = copy(old, copied, temporary, size);
            temporary.force();
            replace(old, copied + late, temporary, size + late, replaced);
        } finally {
            temporary.unpin();
        }
    }

    /** The entries of the last moment, a few if any, may be forced in the old file: so they must be in the new one. */
    private void replace(EntryLog old, long copied, LogFile temporary, long copiedSize, Consumer<EntryLog> replaced)
            throws IOException {
        boolean ask;
        lock.lock();
        try {
            long late = copy(old, copied, temporary, copiedSize);
            if (late > 0) {
                temporary.force();
            }
            temporary.retire();
            context.files().disk().move(temporary.path(), path);
            EntryLog next = new EntryLog(context.files().file(path));
            next.skip(copiedSize + late);
            replaced.accept(next);
            commit.addDirectory(directory);
            old.file().retire();
            ask = commit.mustRequest(false);
        } finally {
            lock.unlock();
        }
        if (ask) {
            commit.request(false);
        }
    }

    /** Copies what an entry log got since it had {@code from} bytes; returns how many bytes that was. */
    private long copy(EntryLog source, long from, LogFile target, long position) throws IOException {
        ByteBuffer late;
        lock.lock();
        try {
            late = ByteBuffer.allocate((int) (source.size() - from));
        } finally {
            lock.unlock();
        }
        source.file().read(late, from);
        target.write(late.flip(), position);
        return late.limit();
    }
}
