package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a segment that never change again, sent from the file by the operating system; loaded into a pooled buffer for those
 * who must see them, and then sent from there.
 *
 * <p>It keeps the file open, so its bytes stay the same when the segment is deleted or replaced. Where an interrupt closes
 * the channel of a file that is no longer in the directory they are lost: that is an error, never other bytes.
 */
final class FileRegion implements ByteSource {
    private final LogFile file;
    private final BufferPool pool;
    private final int start;
    private final int size;
    private @Nullable PooledSource loaded;
    private boolean closed;

    private FileRegion(LogFile file, BufferPool pool, int start, int size) {
        this.file = file;
        this.pool = pool;
        this.start = start;
        this.size = size;
    }

    static FileRegion open(LogFile file, BufferPool pool, int start, int size) throws IOException {
        file.pinForReads();
        return new FileRegion(file, pool, start, size);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int writeTo(WritableByteChannel channel, int position) throws IOException {
        if (loaded == null && (channel instanceof SelectableChannel || channel instanceof FileChannel)) {
            return file.transferTo(channel, start + position, size - position);
        }
        return loaded().writeTo(channel, position);
    }

    @Override
    public ByteBuffer buffer() {
        try {
            return loaded().buffer();
        } catch (RetiredFileException e) {
            throw new PortaskException(
                    ErrorCode.STORE_UNAVAILABLE,
                    file.path() + " was replaced while it was read and an interrupt closed it. Read again",
                    e);
        } catch (IOException e) {
            throw FileErrors.named("Reading from", file.path(), e);
        }
    }

    private PooledSource loaded() throws IOException {
        PooledSource source = loaded;
        if (source == null) {
            source = new PooledSource(load());
            loaded = source;
        }
        return source;
    }

    private BufferPool.Pooled load() throws IOException {
        BufferPool.Pooled pooled = pool.acquire(size);
        try {
            int got = file.read(pooled.buffer, start);
            if (got < size) {
                throw new IOException("the file ends at byte " + (start + got));
            }
            pooled.buffer.flip();
            return pooled;
        } catch (IOException e) {
            pooled.release();
            throw e;
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            file.unpin();
            if (loaded != null) {
                loaded.close();
            }
        }
    }
}
