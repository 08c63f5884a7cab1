package io.portask.store.log;

import io.portask.error.PortaskException;
import io.portask.record.RecordBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Walks over a segment file from batch to batch and believes nothing: each must lie whole in the file, agree with its
 * checksum and begin at the offset where the one before ended. It stops at the first that does not. One thread.
 */
final class SegmentScanner implements AutoCloseable {
    private static final int WINDOW_BYTES = 256 << 10;

    private final LogFile file;
    private final long fileSize;
    private final BufferPool pool;

    private BufferPool.Pooled window;
    private long windowPosition;
    private long position;
    private long end;
    private long nextOffset;
    private @Nullable String problem;

    /** Begins at {@code from}, where a batch with base offset {@code firstOffset} is expected. */
    SegmentScanner(LogFile file, long fileSize, long from, long firstOffset, BufferPool pool) {
        this.file = file;
        this.fileSize = fileSize;
        this.pool = pool;
        this.window = pool.acquire(WINDOW_BYTES);
        this.window.buffer.limit(0);
        this.windowPosition = from;
        this.end = from;
        this.nextOffset = firstOffset;
    }

    /** Moves to the next batch; false when there is none, and {@link #problem} says whether that is all right. */
    boolean next() throws IOException {
        position = end;
        problem = null;
        long left = fileSize - position;
        if (left == 0) {
            return false;
        }
        if (left < RecordBatch.HEADER_SIZE) {
            problem = isZero(position, left) ? null : "only " + left + " bytes are left for a batch";
            return false;
        }
        load(RecordBatch.HEADER_SIZE);
        int at = (int) (position - windowPosition);
        int length = window.buffer.getInt(at + RecordBatch.LENGTH_OFFSET);
        if (length == 0 && window.buffer.getLong(at + RecordBatch.BASE_OFFSET_OFFSET) == 0) {
            return false;
        }
        long size = RecordBatch.LENGTH_PREFIX_SIZE + (long) length;
        if (size < RecordBatch.HEADER_SIZE || size > left) {
            problem = "batch length is " + length + " where " + left + " bytes are left";
            return false;
        }
        return check((int) size);
    }

    private boolean check(int size) throws IOException {
        load(size);
        int at = (int) (position - windowPosition);
        try {
            window.batch.wrapChecked(window.buffer, at);
        } catch (PortaskException e) {
            problem = e.getMessage();
            return false;
        }
        if (window.batch.baseOffset() != nextOffset) {
            problem = "base offset is " + window.batch.baseOffset() + " instead of " + nextOffset;
            return false;
        }
        nextOffset = window.batch.nextOffset();
        end = position + size;
        return true;
    }

    /** The batch that {@link #next} found. Valid until the next call. */
    RecordBatch batch() {
        return window.batch;
    }

    /** Where that batch begins, or where the walk stopped. */
    long position() {
        return position;
    }

    /** The first byte after the last good batch. */
    long end() {
        return end;
    }

    /** The offset after the last good batch. */
    long nextOffset() {
        return nextOffset;
    }

    /** What is wrong where the walk stopped; null at the end of the file and at zeros, which mean that no batch is there. */
    @Nullable
    String problem() {
        return problem;
    }

    /**
     * Searches behind the place where the walk stopped for a whole, good batch with a later offset. If there is one the
     * walk goes on there, and what lies between is damage. If not, it stopped at the end of the data.
     */
    boolean resume() throws IOException {
        for (long at = end + 1; at + RecordBatch.HEADER_SIZE <= fileSize; at++) {
            position = at;
            load(RecordBatch.HEADER_SIZE);
            if (looksLikeBatch((int) (at - windowPosition), fileSize - at)) {
                int size = (int) RecordBatch.sizeAt(window.buffer, (int) (at - windowPosition));
                load(size);
                if (isChecked((int) (at - windowPosition))) {
                    end = at;
                    nextOffset = window.batch.baseOffset();
                    return true;
                }
            }
        }
        return false;
    }

    private boolean looksLikeBatch(int at, long left) {
        ByteBuffer buffer = window.buffer;
        if (buffer.get(at + RecordBatch.MAGIC_OFFSET) != RecordBatch.MAGIC) {
            return false;
        }
        long size = RecordBatch.LENGTH_PREFIX_SIZE + (long) buffer.getInt(at + RecordBatch.LENGTH_OFFSET);
        long distance = buffer.getLong(at + RecordBatch.BASE_OFFSET_OFFSET) - nextOffset;
        return size >= RecordBatch.HEADER_SIZE && size <= left && distance > 0 && distance <= Integer.MAX_VALUE;
    }

    private boolean isChecked(int at) {
        try {
            window.batch.wrapChecked(window.buffer, at);
            return true;
        } catch (PortaskException e) {
            return false;
        }
    }

    private boolean isZero(long from, long length) throws IOException {
        load((int) length);
        for (int i = 0; i < length; i++) {
            if (window.buffer.get((int) (from - windowPosition) + i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Makes sure that {@code size} bytes from {@link #position} on, which the file has, are in the window. */
    private void load(int size) throws IOException {
        ByteBuffer buffer = window.buffer;
        if (position >= windowPosition && position + size <= windowPosition + buffer.limit()) {
            return;
        }
        int wanted = (int) Math.min(fileSize - position, Math.max(size, WINDOW_BYTES));
        if (wanted > buffer.capacity()) {
            window.release();
            window = pool.acquire(wanted);
            buffer = window.buffer;
        }
        buffer.clear().limit(wanted);
        int got = file.read(buffer, position);
        buffer.limit(Math.max(got, 0)).position(0);
        windowPosition = position;
        if (got < size) {
            throw new IOException(file.path() + " got shorter while it was read");
        }
    }

    @Override
    public void close() {
        window.release();
    }
}
