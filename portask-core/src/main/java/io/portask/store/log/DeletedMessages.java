package io.portask.store.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * The single messages of one partition that were deleted: in memory as {@link DeletedOffsets}, and in an {@link EntryLog}
 * beside the segments. Changed under the partition's lock; any thread looks at the offsets.
 */
final class DeletedMessages {
    private final Path directory;
    private final DeletedOffsets offsets = new DeletedOffsets();
    private final FileCache files;
    private EntryLog log;

    DeletedMessages(Path partitionDirectory, FileCache files) {
        this.directory = partitionDirectory;
        this.files = files;
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

    /** Those of the wanted offsets that hold a message, sorted. */
    List<Long> select(Collection<Long> wanted, long startOffset, long endOffset) {
        List<Long> held = new ArrayList<>();
        for (long offset : new TreeSet<>(wanted)) {
            if (offset >= startOffset && offset < endOffset && !offsets.contains(offset)) {
                held.add(offset);
            }
        }
        return held;
    }

    /** Writes down the deletion, to be made durable by the next force, and hides the messages. */
    void delete(List<Long> held, GroupCommit commit) throws IOException {
        if (log.size() == 0) {
            log.file().create();
            commit.addDirectory(directory);
        }
        log.append(DeletedOffsets.encode(held), commit);
        held.forEach(offsets::add);
    }

    /** After the last force. */
    void seal() {
        log.seal();
    }

    void retire() {
        log.file().retire();
    }
}
