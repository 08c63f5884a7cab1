package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import io.portask.store.ProducerSequences;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Walks over a data directory without changing anything, under a lock that keeps stores out, and counts. One run, one
 * thread. The face of it is {@link io.portask.store.verify.LogVerifier}.
 */
public final class DirectoryCheck {
    /** Opens nothing to write. */
    private static final Disk READ_ONLY = new SystemDisk() {
        @Override
        public FileChannel open(Path path, OpenOption... options) throws IOException {
            return super.open(path, StandardOpenOption.READ);
        }
    };

    private static final int MAX_OPEN_FILES = 8;

    private final Path root;
    private final Consumer<String> finding;
    private final FileCache files = new FileCache(READ_ONLY, MAX_OPEN_FILES);
    private final BufferPool buffers = new BufferPool(BufferPool.MAX_POOLED_SIZE);

    private int topics;
    private int partitions;
    private int segments;
    private long batches;
    private long records;
    private long bytes;
    private long problems;
    private long notes;

    public DirectoryCheck(Path root, Consumer<String> finding) {
        this.root = root;
        this.finding = finding;
    }

    public int topics() {
        return topics;
    }

    public int partitions() {
        return partitions;
    }

    public int segments() {
        return segments;
    }

    public long batches() {
        return batches;
    }

    public long records() {
        return records;
    }

    public long bytes() {
        return bytes;
    }

    public long problems() {
        return problems;
    }

    public long notes() {
        return notes;
    }

    /** @throws PortaskException if the directory is in use, holds no store, or cannot be read */
    public void run() {
        try {
            if (!READ_ONLY.isDirectory(root)) {
                throw new NotDirectoryException(root.toString());
            }
            try (DirectoryLock lock = DirectoryLock.acquireToRead(root)) {
                checkDirectory(lock);
            }
        } catch (NotDirectoryException e) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, root + " is no directory. Name the data directory of a store", e);
        } catch (IOException e) {
            throw FileErrors.named("Checking", root, e);
        }
    }

    private void checkDirectory(DirectoryLock lock) throws IOException {
        if (!DataDirectory.checkVersion(READ_ONLY, root)) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "The directory " + lock.directory() + " holds no store: there is no " + DataDirectory.VERSION_FILE
                            + " in it");
        }
        for (String topic : DataDirectory.topicNames(READ_ONLY, root)) {
            checkTopic(topic);
        }
        checkEntries(
                root.resolve(CommittedOffsets.FILE_NAME),
                "committed offsets",
                body -> CommittedOffsets.apply(body, new HashMap<>()));
    }

    private void checkTopic(String topic) throws IOException {
        topics++;
        Path directory = DataDirectory.topicDirectory(root, topic);
        int count;
        try {
            count = TopicDescriptor.read(READ_ONLY, directory).partitions();
        } catch (PortaskException e) {
            problem(topic, e.getMessage());
            return;
        }
        try (RecordReader reader = new RecordReader()) {
            for (int i = 0; i < count; i++) {
                partitions++;
                Path partition = directory.resolve(Integer.toString(i));
                if (READ_ONLY.isDirectory(partition)) {
                    checkPartition(new TopicPartition(topic, i), partition, reader);
                }
            }
        }
    }

    private void checkPartition(TopicPartition name, Path directory, RecordReader reader) throws IOException {
        NavigableMap<Long, Path> files = PartitionRecovery.segmentFiles(READ_ONLY, directory);
        long start = 0;
        long known = 0;
        try {
            start = StartOffsetFile.read(READ_ONLY, directory);
            Checkpoint checkpoint = Checkpoint.read(
                    READ_ONLY,
                    directory,
                    new ProducerSequences(LogConfig.of(root).maxProducers()));
            known = checkpoint == null ? 0 : checkpoint.nextOffset();
        } catch (PortaskException e) {
            problem(name, e.getMessage());
        }
        long next = files.isEmpty() ? start : files.firstKey();
        if (next > start) {
            problem(name, "offsets " + start + " to " + (next - 1) + " are missing at the start");
        }
        for (Map.Entry<Long, Path> file : files.entrySet()) {
            long base = file.getKey();
            if (base != next && base > start) {
                problem(name, file.getValue() + ": offsets " + next + " to " + (base - 1) + " are missing before it");
            }
            next = checkSegment(name, file.getValue(), base, base == files.lastKey(), reader);
        }
        if (next < known) {
            problem(name, "offsets " + next + " to " + (known - 1) + " were on the device and are missing at the end");
        }
        checkEntries(directory.resolve(DeletedOffsets.FILE_NAME), name, body -> {});
    }

    private long checkSegment(TopicPartition name, Path path, long base, boolean last, RecordReader reader)
            throws IOException {
        segments++;
        LogFile file = files.file(path);
        long size = file.size();
        try (SegmentScanner scanner = new SegmentScanner(file, size, 0, base, buffers)) {
            while (true) {
                while (scanner.next()) {
                    count(name, path, scanner, reader);
                }
                String wrong = scanner.problem();
                long stopped = scanner.end();
                long offset = scanner.nextOffset();
                if (scanner.resume()) {
                    problem(
                            name,
                            path + ": damaged from byte " + stopped + " (offset " + offset + ") to byte "
                                    + scanner.end() + (wrong == null ? "" : ": " + wrong));
                } else {
                    if (wrong != null) {
                        tail(
                                name,
                                path + ": " + (size - stopped) + " bytes of no batch from byte " + stopped + " (offset "
                                        + offset + ") on: " + wrong,
                                last);
                    }
                    return offset;
                }
            }
        } finally {
            file.retire();
        }
    }

    private void count(TopicPartition name, Path path, SegmentScanner scanner, RecordReader reader) {
        RecordBatch batch = scanner.batch();
        batches++;
        bytes += batch.sizeInBytes();
        try {
            reader.wrap(batch);
            while (reader.next()) {
                records++;
            }
        } catch (PortaskException e) {
            problem(
                    name,
                    path + ": byte " + scanner.position() + " (offset " + batch.baseOffset() + "): " + e.getMessage());
        }
    }

    private void checkEntries(Path path, Object what, Consumer<ByteBuffer> onBody) throws IOException {
        if (READ_ONLY.exists(path)) {
            ByteBuffer content = ByteBuffer.wrap(READ_ONLY.read(path));
            try {
                int end = EntryLog.read(content, onBody);
                if (end < content.limit()) {
                    tail(what, path + ": no entry from byte " + end + " on", !EntryLog.isDamaged(content, end));
                }
            } catch (PortaskException e) {
                problem(what, path + ": " + e.getMessage());
            }
        }
    }

    private void tail(Object where, String what, boolean torn) {
        if (torn) {
            notes++;
            finding.accept("note: " + where + ": " + what + " (a torn write; the next start cuts it)");
        } else {
            problem(where, what);
        }
    }

    private void problem(Object where, @Nullable String what) {
        problems++;
        finding.accept("problem: " + where + ": " + what);
    }
}
