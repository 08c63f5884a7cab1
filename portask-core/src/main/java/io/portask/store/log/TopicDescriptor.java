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
 *  4  i32 layout of what follows: 1, or 2 with the last field
 *  8  i64 retention in ms, -1 for unlimited
 * 16  i64 retention in bytes, -1 for unlimited
 * 24  i64 retention of tombstones in ms
 * 32  i8  1 for a compacted topic, else 0
 * 33  i64 retention in messages; not there for unlimited, so that earlier versions read what they can
 * </pre>
 *
 * A later layout may append fields. A layout that is not known here is refused, for a rewrite would lose what is new in it.
 */
record TopicDescriptor(int partitions, TopicConfig config) {
    static final String FILE_NAME = "topic";
    static final int LAYOUT = 1;
    static final int LAYOUT_WITH_MESSAGES = 2;

    static final int LAYOUT_OFFSET = 4;
    static final int SIZE = 33;
    static final int SIZE_WITH_MESSAGES = SIZE + Long.BYTES;

    /** Replaces the descriptor in a topic's directory. */
    void write(Disk disk, Path topicDirectory) throws IOException {
        boolean limited = config.retentionMessages() != TopicConfig.UNLIMITED;
        ByteBuffer content = ByteBuffer.allocate(limited ? SIZE_WITH_MESSAGES : SIZE);
        content.putInt(partitions).putInt(limited ? LAYOUT_WITH_MESSAGES : LAYOUT);
        content.putLong(config.retentionMs()).putLong(config.retentionBytes());
        content.putLong(config.tombstoneRetentionMs()).put((byte) (config.compacted() ? 1 : 0));
        if (limited) {
            content.putLong(config.retentionMessages());
        }
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
        if (layout != LAYOUT && layout != LAYOUT_WITH_MESSAGES) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION,
                    "The file " + path + " has layout " + layout + ", this version of Portask reads up to "
                            + LAYOUT_WITH_MESSAGES
                            + ". Use the version that wrote it");
        }
        int size = layout == LAYOUT ? SIZE : SIZE_WITH_MESSAGES;
        if (content.remaining() < size - LAYOUT_OFFSET - Integer.BYTES) {
            throw new PortaskException(
                    ErrorCode.CORRUPT_STORE, "The file " + path + " is too short. Restore it from a backup");
        }
        long retentionMs = content.getLong();
        long retentionBytes = content.getLong();
        long tombstoneRetentionMs = content.getLong();
        TopicConfig config = new TopicConfig(retentionMs, retentionBytes, content.get() != 0, tombstoneRetentionMs);
        return layout == LAYOUT ? config : config.withRetentionMessages(content.getLong());
    }
}
