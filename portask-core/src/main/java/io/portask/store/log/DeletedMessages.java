package io.portask.store.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The single messages of one partition that were deleted and are still in its segments: in memory as {@link DeletedOffsets}, and
 * in an {@link EntryLog} beside the segments. Changed under the partition's lock; any thread looks at the offsets.
 */
final class DeletedMessages {
    private final Path directory;
    private final ReentrantLock lock;
    private final GroupCommit commit;
    private final DeletedOffsets offsets = new DeletedOffsets();
    private final FileCache files;
    private final EntryLogCompaction compaction;
    private EntryLog log;

    /** @param lock the partition's, which guards {@code commit} too */
    DeletedMessages(Path partitionDirectory, LogContext context, ReentrantLock lock, GroupCommit commit) {
        this.directory = partitionDirectory;
        this.lock = lock;
        this.commit = commit;
        this.files = context.files();
        this.compaction = new EntryLogCompaction(context, partitionDirectory, DeletedOffsets.FILE_NAME, lock, commit);
        this.log = log(DeletedOffsets.FILE_NAME);
    }

    private EntryLog log(String fileName) {
        return new EntryLog(files.file(directory.resolve(fileName)));
    }

    void load(long startOffset, long endOffset) throws IOException {
        if (!log.load(offsets::addAll)) {
            takeBackFrom(endOffset);
        }
        offsets.discardBefore(startOffset);
    }

    /** A deletion may outlive in a power cut the message that it was about. The next one with that offset must not vanish. */
    private void takeBackFrom(long endOffset) throws IOException {
        List<Long> all = offsets.all();
        List<Long> kept = all.stream().filter(offset -> offset < endOffset).toList();
        if (kept.size() < all.size()) {
            ByteBuffer entries = DeletedOffsets.encode(kept);
            int size = entries.remaining();
            EntryLog shorter = log(DeletedOffsets.FILE_NAME + DurableFiles.TEMPORARY_SUFFIX);
            shorter.create(entries);
            shorter.replace(log);
            log = log(DeletedOffsets.FILE_NAME);
            log.skip(size);
            offsets.clear();
            kept.forEach(offsets::add);
        }
    }

    DeletedOffsets offsets() {
        return offsets;
    }

    /** Those of the wanted offsets that were not deleted before, sorted. */
    List<Long> select(Collection<Long> wanted, long startOffset, long endOffset) {
        List<Long> held = new ArrayList<>();
        for (long offset : new TreeSet<>(wanted)) {
            if (offset >= startOffset && offset < endOffset && !offsets.contains(offset)) {
                held.add(offset);
            }
        }
        return held;
    }

    /**
     * Hides messages, and completes when that is durable.
     *
     * @param held offsets that hold a message, but for those deleted since they were looked at
     * @param check throws if the partition takes no changes; called under the lock
     */
    CompletionStage<Integer> delete(List<Long> held, Runnable check) {
        PendingSync<Integer> pending;
        boolean ask;
        lock.lock();
        try {
            check.run();
            List<Long> left = select(held, 0, Long.MAX_VALUE);
            if (left.isEmpty()) {
                return CompletableFuture.completedFuture(0);
            }
            write(left);
            pending = commit.await(left.size());
            ask = commit.mustRequest(true);
        } catch (IOException e) {
            throw FileErrors.named("Deleting messages in", directory, e);
        } finally {
            lock.unlock();
        }
        if (ask) {
            commit.request(true);
        }
        return pending;
    }

    private void write(List<Long> left) throws IOException {
        if (log.size() == 0) {
            log.file().create();
            commit.addDirectory(directory);
        }
        log.append(DeletedOffsets.encode(left), commit);
        left.forEach(offsets::add);
    }

    /** The messages are out of the segments, durably: forgets that they were deleted. On the housekeeper. */
    void forget(long[] removed) throws IOException {
        EntryLog current;
        lock.lock();
        try {
            offsets.removeAll(removed);
            current = log;
        } finally {
            lock.unlock();
        }
        compaction.run(current, this::state, replaced -> log = replaced);
    }

    private ByteBuffer state() {
        return DeletedOffsets.encode(offsets.all());
    }

    /** After the last force. */
    void seal() {
        log.seal();
    }

    void retire() {
        log.file().retire();
    }
}
