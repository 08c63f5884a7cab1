package io.portask.store.log;

import io.portask.error.PortaskException;
import io.portask.store.ProducerSequences;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A place in a partition's log up to which everything is known to be on the device, with the producers' sequences there.
 * Recovery trusts what lies before it and scans what lies after. Written after the force of what it speaks of: at the roll
 * of a segment and when the store is closed. Without it everything is scanned.
 *
 * <pre>
 *  0  i64 base offset of a segment
 *  8  i32 position in it
 * 12  i64 offset of the first batch at that position or later
 * 20  the producers' sequences
 * </pre>
 */
record Checkpoint(long segmentBaseOffset, int position, long nextOffset, ByteBuffer producers) {
    static final String FILE_NAME = "checkpoint";

    static final int HEADER_SIZE = 20;

    /** The present end of a partition whose last segment is {@code segment}. */
    static Checkpoint of(Segment segment, long endOffset, ProducerSequences sequences) {
        ByteBuffer snapshot = ByteBuffer.allocate(sequences.snapshotSize());
        sequences.writeTo(snapshot);
        return new Checkpoint(segment.baseOffset(), segment.size(), endOffset, snapshot.flip());
    }

    void write(Disk disk, Path partitionDirectory) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(HEADER_SIZE + producers.remaining());
        content.putLong(segmentBaseOffset).putInt(position).putLong(nextOffset).put(producers.duplicate());
        DurableFiles.write(disk, partitionDirectory.resolve(FILE_NAME), content.flip());
    }

    /** The checkpoint of a partition, its producers restored into {@code sequences}; null if there is none to be trusted. */
    static @Nullable Checkpoint read(Disk disk, Path partitionDirectory, ProducerSequences sequences)
            throws IOException {
        Path path = partitionDirectory.resolve(FILE_NAME);
        try {
            ByteBuffer content = DurableFiles.read(disk, path);
            if (content == null || content.remaining() < HEADER_SIZE) {
                return null;
            }
            long base = content.getLong();
            int position = content.getInt();
            long next = content.getLong();
            ByteBuffer producers = content.slice();
            sequences.restore(content);
            return new Checkpoint(base, position, next, producers);
        } catch (PortaskException e) {
            Logs.STORE.warn("{} is damaged; the partition is scanned as a whole instead", path);
            sequences.clear();
            return null;
        }
    }
}
