package io.portask.store.log;

import java.io.IOException;
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
    private final EntryLog log;

    DeletedMessages(Path partitionDirectory, FileCache files) {
        this.directory = partitionDirectory;
        this.log = new EntryLog(files.file(partitionDirectory.resolve(DeletedOffsets.FILE_NAME)));
    }

    void load(long startOffset) throws IOException {
        log.load(offsets::addAll);
        offsets.discardBefore(startOffset);
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
        commit.add(log.file());
        log.append(DeletedOffsets.encode(held));
        held.forEach(offsets::add);
    }

    void retire() {
        log.file().retire();
    }
}
