package io.portask.store.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Where a partition that was trimmed starts: one i64 in a durable file. */
final class StartOffsetFile {
    static final String FILE_NAME = "start-offset";

    private StartOffsetFile() {}

    static void write(Disk disk, Path partitionDirectory, long offset) throws IOException {
        DurableFiles.write(
                disk,
                partitionDirectory.resolve(FILE_NAME),
                ByteBuffer.allocate(Long.BYTES).putLong(offset).flip());
    }

    /** 0 for a partition that was never trimmed. */
    static long read(Disk disk, Path partitionDirectory) throws IOException {
        ByteBuffer content = DurableFiles.read(disk, partitionDirectory.resolve(FILE_NAME));
        return content == null ? 0 : content.getLong();
    }
}
