package io.portask.store.log;

import io.portask.record.Compression;
import io.portask.record.RecordBatch;
import io.portask.record.RecordBatchBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The file that a segment is rewritten to, through a buffer. One thread; ends by {@link #finish} or {@link #discard}. */
final class SegmentOutput {
    private static final int BUFFER_BYTES = 256 << 10;
    private static final long NO_RUN = -1;
    private static final int ALL_FORCED = 0;

    private final LogFile source;
    private final LogFile file;
    private final SegmentIndex index;
    private final CleaningPace pace;
    private final BufferPool.Pooled buffer;
    private final RecordBatch header = new RecordBatch();
    private long written;

    /** Consecutive batches without records that have not become a header yet. */
    private long runStart = NO_RUN;

    private long runEnd;

    SegmentOutput(LogFile source, Path path, SegmentIndex index, BufferPool pool, CleaningPace pace)
            throws IOException {
        this.source = source;
        this.index = index;
        this.pace = pace;
        this.file = source.renamed(path);
        file.create();
        file.pin();
        this.buffer = pool.acquire(BUFFER_BYTES);
    }

    /** Copies the first bytes of the source, whose batches are in the index already. */
    void copyPrefix(int bytes) throws IOException {
        while (written < bytes) {
            buffer.buffer.clear().limit((int) Math.min(BUFFER_BYTES, bytes - written));
            int size = buffer.buffer.limit();
            if (source.read(buffer.buffer, written) < size) {
                throw new IOException(source.path() + " got shorter while it was read");
            }
            flush();
        }
        buffer.buffer.clear().limit(BUFFER_BYTES);
    }

    /** Appends a batch that starts at {@code start} of a buffer. */
    void append(ByteBuffer bytes, int start, RecordBatch batch) throws IOException {
        int size = batch.sizeInBytes();
        long position = written + buffer.buffer.position();
        if (position + size > Integer.MAX_VALUE) {
            throw new IOException(source.path() + " would grow beyond 2 GiB by being rewritten");
        }
        index.add(batch.baseOffset(), (int) position, batch.maxTimestamp());
        if (size > buffer.buffer.remaining()) {
            flush();
        }
        if (size > BUFFER_BYTES) {
            pace.spend(size);
            file.write(bytes.duplicate().limit(start + size).position(start), written);
            written += size;
        } else {
            buffer.buffer.put(bytes.duplicate().limit(start + size).position(start));
        }
    }

    /** Appends offsets without records. */
    void appendEmpty(long first, long last, RecordBatchBuilder builder) throws IOException {
        if (runStart != NO_RUN && last - runStart > Integer.MAX_VALUE) {
            endEmpty(builder);
        }
        runStart = runStart == NO_RUN ? first : runStart;
        runEnd = last;
    }

    /** Puts one header in the place of all batches without records that were appended last. */
    void endEmpty(RecordBatchBuilder builder) throws IOException {
        if (runStart != NO_RUN) {
            ByteBuffer empty = builder.reset()
                    .compression(Compression.NONE)
                    .baseOffset(runStart)
                    .lastOffsetDelta((int) (runEnd - runStart))
                    .build();
            empty.putInt(RecordBatch.LEADER_EPOCH_OFFSET, ALL_FORCED);
            runStart = NO_RUN;
            append(empty, 0, header.wrap(empty, 0));
        }
    }

    private void flush() throws IOException {
        buffer.buffer.flip();
        pace.spend(buffer.buffer.remaining());
        int size = buffer.buffer.remaining();
        file.write(buffer.buffer, written);
        written += size;
        buffer.buffer.clear().limit(BUFFER_BYTES);
    }

    /** Puts everything on the device, but for the name, and returns the size. */
    int finish(RecordBatchBuilder builder) throws IOException {
        endEmpty(builder);
        flush();
        file.force();
        release();
        return (int) written;
    }

    void discard() {
        release();
        try {
            file.disk().delete(file.path());
        } catch (IOException e) {
            Logs.STORE.debug("Deleting {} failed", file.path(), e);
        }
    }

    private void release() {
        file.unpin();
        file.retire();
        buffer.release();
    }
}
