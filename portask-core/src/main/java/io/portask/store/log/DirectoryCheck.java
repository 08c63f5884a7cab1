package io.portask.store.log;

import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.record.RecordReader;
import io.portask.record.TopicPartition;
import io.portask.store.ProducerSequences;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
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
    private static final int MAX_OPEN_FILES = 8;

    private final Path root;
    private final Consumer<String> finding;
    private final FileCache files = new FileCache(ReadOnlyDirectory.DISK, MAX_OPEN_FILES);
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
        ReadOnlyDirectory.whileLocked(root, "Checking", this::checkDirectory);
    }

    private void checkDirectory() throws IOException {
        for (String topic : DataDirectory.topicNames(ReadOnlyDirectory.DISK, root)) {
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
            count = TopicDescriptor.read(ReadOnlyDirectory.DISK, directory).partitions();
        } catch (PortaskException e) {
            problem(topic, e.getMessage());
            return;
        }
        try (RecordReader reader = new RecordReader()) {
            for (int i = 0; i < count; i++) {
                partitions++;
                Path partition = directory.resolve(Integer.toString(i));
                if (ReadOnlyDirectory.DISK.isDirectory(partition)) {
                    checkPartition(new TopicPartition(topic, i), partition, reader);
                }
            }
        }
    }

    private void checkPartition(TopicPartition name, Path directory, RecordReader reader) throws IOException {
        NavigableMap<Long, Path> files = PartitionRecovery.segmentFiles(ReadOnlyDirectory.DISK, directory);
        long start = 0;
        long known = 0;
        try {
            start = StartOffsetFile.read(ReadOnlyDirectory.DISK, directory);
            Checkpoint checkpoint = Checkpoint.read(
                    ReadOnlyDirectory.DISK,
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
        try {
            return SegmentWalk.walk(file, size, base, buffers, new SegmentWalk.Visitor() {
                @Override
                public boolean onBatch(SegmentScanner at) {
                    count(name, path, at, reader);
                    return true;
                }

                @Override
                public void onDamage(long from, long to, long firstOffset, long nextOffset, String why) {
                    problem(
                            name,
                            path + ": damaged from byte " + from + " (offset " + firstOffset + ") to byte " + to + ": "
                                    + why);
                }

                @Override
                public void onTail(long from, long offset, String why) {
                    tail(
                            name,
                            path + ": " + (size - from) + " bytes of no batch from byte " + from + " (offset " + offset
                                    + ") on: " + why,
                            last);
                }
            });
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
        if (ReadOnlyDirectory.DISK.exists(path)) {
            ByteBuffer content = ByteBuffer.wrap(ReadOnlyDirectory.DISK.read(path));
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
