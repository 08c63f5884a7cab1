package io.portask.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

final class BufferSource implements ByteSource {
    private final ByteBuffer bytes;
    private final int size;
    private final Runnable onClose;
    private boolean closed;

    BufferSource(ByteBuffer bytes, Runnable onClose) {
        this.bytes = bytes;
        this.size = bytes.limit();
        this.onClose = onClose;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int writeTo(WritableByteChannel channel, int position) throws IOException {
        bytes.limit(size).position(position);
        return channel.write(bytes);
    }

    @Override
    public ByteBuffer buffer() {
        return bytes.duplicate().clear();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            onClose.run();
        }
    }
}
