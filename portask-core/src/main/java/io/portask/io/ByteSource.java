package io.portask.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A fixed run of bytes that can go to a channel without a copy through the heap: a buffer, or a region of a file.
 *
 * <p>One thread at a time. Whoever holds the source closes it exactly once, when the last byte was used or none will be;
 * its bytes must not be touched afterwards.
 */
public interface ByteSource extends AutoCloseable {
    /** The number of bytes; never changes. */
    int size();

    /**
     * Writes bytes from {@code position} on, as many as the channel takes now.
     *
     * @return how many were written, 0 if the channel takes none now
     */
    int writeTo(WritableByteChannel channel, int position) throws IOException;

    /** All the bytes to be read in place: position 0, limit {@link #size()}. Valid until {@link #close()}. */
    ByteBuffer buffer();

    @Override
    void close();

    /** A source over the remaining bytes of a buffer, which must not change until the source is closed. */
    static ByteSource of(ByteBuffer bytes) {
        return new BufferSource(bytes.slice(), () -> {});
    }

    /** As {@link #of(ByteBuffer)}; {@code onClose} is run once when the source is closed. */
    static ByteSource of(ByteBuffer bytes, Runnable onClose) {
        return new BufferSource(bytes.slice(), onClose);
    }
}
