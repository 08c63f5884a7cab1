package io.portask.store.log;

import io.portask.io.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** What lies in a pooled buffer from its position to its limit. Gives the buffer back when it is closed. */
final class PooledSource implements ByteSource {
    private final BufferPool.Pooled pooled;
    private final int start;
    private final int size;
    private boolean closed;

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
        return channel.write(pooled.buffer.limit(start + size).position(start + position));
    }

    @Override
    public ByteBuffer buffer() {
        return pooled.buffer.slice(start, size);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            pooled.release();
        }
    }
}
