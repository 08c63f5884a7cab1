package io.portask.store.log;

import io.portask.io.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/** What lies in a pooled buffer from its position to its limit. Gives the buffer back when it is closed. */
final class PooledSource implements ByteSource {
    private final int start;
    private final int size;

    /** Null once it was given back. */
    private BufferPool.@Nullable Pooled pooled;

    PooledSource(BufferPool.Pooled pooled) {
        this.pooled = pooled;
        this.start = pooled.buffer.position();
        this.size = pooled.buffer.remaining();
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int writeTo(WritableByteChannel channel, int position) throws IOException {
        return channel.write(open().buffer.limit(start + size).position(start + position));
    }

    @Override
    public ByteBuffer buffer() {
        return open().buffer.slice(start, size);
    }

    @Override
    public void close() {
        BufferPool.Pooled held = pooled;
        if (held != null) {
            pooled = null;
            held.release();
        }
    }

    private BufferPool.Pooled open() {
        BufferPool.Pooled held = pooled;
        if (held == null) {
            throw new IllegalStateException("These bytes were closed");
        }
        return held;
    }
}
