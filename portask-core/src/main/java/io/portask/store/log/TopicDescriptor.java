package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.TopicConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * What is fixed and what is configured of a topic: a durable file in its directory, replaced as a whole.
 *
 * <pre>
 *  0  i32 number of partitions; the first versions of Portask ended the file here
 *  4  i32 layout of what follows, {@value #LAYOUT}
 *  8  i64 retention in ms, -1 for unlimited
 * 16  i64 retention in bytes, -1 for unlimited
 * 24  i64 retention of tombstones in ms
 * 32  i8  1 for a compacted topic, else 0
 * </pre>
 *
 * A later layout may append fields. A layout that is not known here is refused, for a rewrite would lose what is new in it.
 */
record TopicDescriptor(int partitions, TopicConfig config) {
    static final String FILE_NAME = "topic";
    static final int LAYOUT = 1;

    static final int LAYOUT_OFFSET = 4;
    static final int SIZE = 33;

    /** Replaces the descriptor in a topic's directory. */
    void write(Disk disk, Path topicDirectory) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(SIZE);
        content.putInt(partitions).putInt(LAYOUT);
        content.putLong(config.retentionMs()).putLong(config.retentionBytes());
        content.putLong(config.tombstoneRetentionMs()).put((byte) (config.compacted() ? 1 : 0));
        DurableFiles.write(disk, topicDirectory.resolve(FILE_NAME), content.flip());
    }

    /** @throws PortaskException {@link ErrorCode#CORRUPT_STORE} if there is none that can be read */
    static TopicDescriptor read(Disk disk, Path topicDirectory) throws IOException {
        Path path = topicDirectory.resolve(FILE_NAME);
        ByteBuffer content = DurableFiles.read(disk, path);
        if (content == null || content.remaining() < Integer.BYTES) {
            throw new PortaskException(
                    ErrorCode.CORRUPT_STORE, "The file " + path + " is missing. Restore it from a backup");
        }
        int partitions = content.getInt();
        return new TopicDescriptor(partitions, content.hasRemaining() ? config(content, path) : TopicConfig.DEFAULT);
    }

    private static TopicConfig config(ByteBuffer content, Path path) {
        int layout = content.remaining() < Integer.BYTES ? -1 : content.getInt();
        if (layout != LAYOUT) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "The file " + path + " has layout " + layout + ", this version of Portask reads up to " + LAYOUT
                            + ". Use the version that wrote it");
        }
        if (content.remaining() < SIZE - LAYOUT_OFFSET - Integer.BYTES) {
            throw new PortaskException(
                    ErrorCode.CORRUPT_STORE, "The file " + path + " is too short. Restore it from a backup");
        }
        long retentionMs = content.getLong();
        long retentionBytes = content.getLong();
        long tombstoneRetentionMs = content.getLong();
        return new TopicConfig(retentionMs, retentionBytes, content.get() != 0, tombstoneRetentionMs);
    }
}
