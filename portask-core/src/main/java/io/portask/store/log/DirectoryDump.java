package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import io.portask.record.TopicNames;
import io.portask.record.TopicPartition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;

/**
 * Shows every batch of one partition of a store that does not run, without changing anything, under a lock that keeps stores out.
 * One run, one thread. The face of it is {@link io.portask.store.verify.LogDump}.
 */
public final class DirectoryDump {
    /** See {@link io.portask.store.verify.LogDump.Visitor#onBatch}. */
    public interface BatchVisitor {
        boolean onBatch(Path file, long position, RecordBatch batch, boolean checksumMatches);
    }

    /** See {@link io.portask.store.verify.LogDump.Visitor#onDamage}. */
    public interface DamageVisitor {
        void onDamage(Path file, long position, long offset, String what, boolean torn);
    }

    private static final int MAX_OPEN_FILES = 8;

    private final Path root;
    private final TopicPartition partition;
    private final long from;
    private final BatchVisitor batches;
    private final DamageVisitor damages;
    private final FileCache files = new FileCache(ReadOnlyDirectory.DISK, MAX_OPEN_FILES);
    private final BufferPool buffers = new BufferPool(BufferPool.MAX_POOLED_SIZE);

    /** @param from show what contains this offset and what follows; negative for everything */
    public DirectoryDump(Path root, TopicPartition partition, long from, BatchVisitor batches, DamageVisitor damages) {
        this.root = root;
        this.partition = partition;
        this.from = from;
        this.batches = batches;
        this.damages = damages;
    }

    /** @throws PortaskException if there is no such partition or offset, and as for {@link DirectoryCheck#run} */
    public void run() {
        TopicNames.check(partition.topic());
        ReadOnlyDirectory.whileLocked(root, "Reading", this::dump);
    }

    private void dump() throws IOException {
        Path topic = DataDirectory.topicDirectory(root, partition.topic());
        if (!ReadOnlyDirectory.DISK.isDirectory(topic)) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_TOPIC,
                    "There is no topic " + partition.topic() + " in " + root + "; there are "
                            + DataDirectory.topicNames(ReadOnlyDirectory.DISK, root));
        }
        Path directory = topic.resolve(Integer.toString(partition.partition()));
        if (ReadOnlyDirectory.DISK.isDirectory(directory)) {
            dump(directory);
        } else {
            checkPartition(TopicDescriptor.read(ReadOnlyDirectory.DISK, topic).partitions());
            checkRange(0, 0);
        }
    }

    private void checkPartition(int count) {
        if (partition.partition() < 0 || partition.partition() >= count) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_PARTITION,
                    "The topic " + partition.topic() + " has partitions 0 to " + (count - 1) + ", not "
                            + partition.partition());
        }
    }

    private void checkRange(long first, long next) {
        if (from >= 0 && (from < first || from > next)) {
            throw new PortaskException(
                    ErrorCode.OFFSET_OUT_OF_RANGE,
                    partition + " holds no offset " + from + "; its files begin at " + first + " and end before "
                            + next);
        }
    }

    private void dump(Path directory) throws IOException {
        NavigableMap<Long, Path> all = PartitionRecovery.segmentFiles(ReadOnlyDirectory.DISK, directory);
        if (all.isEmpty()) {
            long start = StartOffsetFile.read(ReadOnlyDirectory.DISK, directory);
            checkRange(start, start);
            return;
        }
        checkRange(all.firstKey(), Long.MAX_VALUE);
        Long first = from < 0 ? all.firstKey() : all.floorKey(from);
        long next = first;
        for (Map.Entry<Long, Path> file : all.tailMap(first, true).entrySet()) {
            long base = file.getKey();
            if (base > next) {
                damages.onDamage(
                        file.getValue(), 0, next, "offsets " + next + " to " + (base - 1) + " are missing", false);
            }
            next = dump(file.getValue(), base, base == all.lastKey());
            if (next == SegmentWalk.ENDED_EARLY) {
                return;
            }
        }
        checkRange(all.firstKey(), next);
    }

    private long dump(Path path, long base, boolean last) throws IOException {
        LogFile file = files.file(path);
        long size = file.size();
        try {
            return SegmentWalk.walk(file, size, base, buffers, new SegmentWalk.Visitor() {
                @Override
                public boolean onBatch(SegmentScanner at) {
                    return at.nextOffset() <= from || batches.onBatch(path, at.position(), at.batch(), true);
                }

                @Override
                public void onDamage(long start, long end, long firstOffset, long nextOffset, String why)
                        throws IOException {
                    if (nextOffset > from) {
                        damages.onDamage(
                                path,
                                start,
                                firstOffset,
                                "no good batch up to byte " + end + " (offset " + nextOffset + "): " + why,
                                false);
                        showHeader(file, start, end, firstOffset);
                    }
                }

                @Override
                public void onTail(long start, long offset, String why) throws IOException {
                    damages.onDamage(
                            path, start, offset, "no good batch up to the end at byte " + size + ": " + why, last);
                    showHeader(file, start, size, offset);
                }
            });
        } finally {
            file.retire();
        }
    }

    /** Where a batch lies that disagrees with nothing but its checksum, what its header says is worth to be seen. */
    private void showHeader(LogFile file, long start, long end, long offset) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(RecordBatch.HEADER_SIZE);
        if (file.read(header, start) < RecordBatch.HEADER_SIZE) {
            return;
        }
        long size = RecordBatch.sizeAt(header.clear(), 0);
        RecordBatch batch = new RecordBatch().wrap(header, 0);
        if (batch.magic() == RecordBatch.MAGIC
                && batch.baseOffset() == offset
                && size >= RecordBatch.HEADER_SIZE
                && size <= end - start) {
            batches.onBatch(file.path(), start, batch, false);
        }
    }
}
