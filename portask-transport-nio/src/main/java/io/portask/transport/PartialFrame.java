package io.portask.transport;

import java.nio.ByteBuffer;

/**
 * Bytes that a session has seen and left, until it can go on: a buffer that is borrowed as they come. It grows with the
 * bytes that really arrived, fourfold at most, and never beyond what the session needs.
 */
final class PartialFrame {
    private static final int GROWTH = 4;

    private final BufferPool pool;
    private ByteBuffer bytes;
    private int need;

    /** Keeps the remaining bytes, consuming them. {@code need} counts them too. */
    PartialFrame(BufferPool pool, ByteBuffer rest, int need) {
        this.pool = pool;
        this.need = need;
        this.bytes = pool.borrow(capacityFor(rest.remaining()));
        bytes.put(rest);
    }

    boolean complete() {
        return bytes.position() >= need;
    }

    /** Where the missing bytes can be read into: at the end of what is here, as far as the need and the buffer reach. */
    ByteBuffer tail() {
        return bytes.limit(Math.min(bytes.capacity(), Math.max(need, bytes.position())));
    }

    /** Moves bytes over until the need is met or none remain. */
    void append(ByteBuffer more) {
        int count = Math.min(more.remaining(), need - bytes.position());
        if (count > 0) {
            transfer(more, count);
        }
    }

    /** Moves all over, also beyond the need. */
    void appendAll(ByteBuffer more) {
        if (more.hasRemaining()) {
            transfer(more, more.remaining());
        }
    }

    /** All that is here, to be read from position 0; {@link #keep} or {@link #release} comes after. */
    ByteBuffer flip() {
        return bytes.flip();
    }

    /** Keeps what remains after a read. */
    void keep(int newNeed) {
        bytes.compact();
        need = newNeed;
    }

    void release() {
        pool.giveBack(bytes);
    }

    private void transfer(ByteBuffer more, int count) {
        int size = bytes.position() + count;
        if (size > bytes.capacity()) {
            grow(size);
        }
        int end = more.limit();
        bytes.limit(bytes.capacity()).put(more.limit(more.position() + count));
        more.limit(end);
    }

    private void grow(int size) {
        ByteBuffer larger = pool.borrow(capacityFor(size));
        larger.put(bytes.flip());
        pool.giveBack(bytes);
        bytes = larger;
    }

    private int capacityFor(int size) {
        return (int) Math.max(size, Math.min(need, (long) size * GROWTH));
    }
}
