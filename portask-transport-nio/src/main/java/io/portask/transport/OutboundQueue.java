package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one connection still has to send, in order: chunks, which are borrowed buffers that small writes were copied into, and
 * sources, which are sent from where they are. Neighbouring chunks leave in one gathered write. A connection has a queue
 * only while there is something in it.
 */
final class OutboundQueue {
    /** Copying a small source is cheaper than a system call of its own. */
    private static final int MAX_COPIED_SOURCE = 16 << 10;

    private static final int FIRST_CHUNK_BYTES = 16 << 10;
    private static final int CHUNK_BYTES = 64 << 10;
    private static final int MAX_GATHERED = 64;
    /** A socket that says it is ready takes bytes; a source that gives it none so often is broken. */
    private static final int MAX_STALLS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(OutboundQueue.class);

    private final BufferPool pool;
    private final @Nullable ByteBuffer[] gathered = new @Nullable ByteBuffer[MAX_GATHERED];
    /** Chunks are {@link ByteBuffer}s, always ready to be read; the others are {@link ByteSource}s. */
    private final Deque<Object> segments = new ArrayDeque<>();

    private final WritableByteChannel copier = new Copier();
    private int sourcePosition;
    private int stalls;
    private long queuedBytes;
    private boolean blocked;

    OutboundQueue(BufferPool pool) {
        this.pool = pool;
    }

    long queuedBytes() {
        return queuedBytes;
    }

    boolean isEmpty() {
        return segments.isEmpty();
    }

    /** Whether the last {@link #writeTo} ended because the channel took no more. */
    boolean blocked() {
        return blocked;
    }

    /** Copies the remaining bytes. */
    void add(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            ByteBuffer chunk = chunkWithRoom();
            int end = chunk.limit();
            int count = Math.min(bytes.remaining(), chunk.capacity() - end);
            chunk.limit(end + count);
            chunk.put(end, bytes, bytes.position(), count);
            bytes.position(bytes.position() + count);
            queuedBytes += count;
        }
    }

    /** Takes the source over, also when this throws. */
    void add(ByteSource source) throws IOException {
        int size = source.size();
        if (size > MAX_COPIED_SOURCE) {
            segments.add(source);
            queuedBytes += size;
            return;
        }
        try {
            for (int position = 0; position < size; ) {
                int count = source.writeTo(copier, position);
                if (count <= 0) {
                    throw truncated(size, position);
                }
                position += count;
            }
        } finally {
            close(source);
        }
    }

    /**
     * Writes until the channel takes no more, the queue is empty, or about {@code maxBytes} were written.
     *
     * @return how many bytes were written
     */
    long writeTo(GatheringByteChannel channel, long maxBytes) throws IOException {
        blocked = false;
        long written = 0;
        while (!blocked && !segments.isEmpty() && written < maxBytes) {
            written += segments.getFirst() instanceof ByteSource source
                    ? writeSource(channel, source)
                    : writeChunks(channel);
        }
        stalls = written == 0 && blocked ? stalls + 1 : 0;
        if (stalls > MAX_STALLS && segments.getFirst() instanceof ByteSource source) {
            throw truncated(source.size(), sourcePosition);
        }
        return written;
    }

    /** Drops all that is left; sources are closed. The queue can be used again. */
    void clear() {
        for (Object segment : segments) {
            if (segment instanceof ByteSource source) {
                close(source);
            } else {
                pool.giveBack((ByteBuffer) segment);
            }
        }
        segments.clear();
        sourcePosition = 0;
        stalls = 0;
        queuedBytes = 0;
        blocked = false;
    }

    private int writeSource(GatheringByteChannel channel, ByteSource source) throws IOException {
        int rest = source.size() - sourcePosition;
        int count = source.writeTo(channel, sourcePosition);
        if (count < 0 || count > rest) {
            throw truncated(source.size(), sourcePosition);
        }
        queuedBytes -= count;
        if (count == rest) {
            segments.removeFirst();
            sourcePosition = 0;
            close(source);
        } else {
            sourcePosition += count;
            blocked = true;
        }
        return count;
    }

    private long writeChunks(GatheringByteChannel channel) throws IOException {
        int chunks = 0;
        long offered = 0;
        for (Iterator<Object> each = segments.iterator(); each.hasNext() && chunks < MAX_GATHERED; chunks++) {
            if (!(each.next() instanceof ByteBuffer chunk)) {
                break;
            }
            gathered[chunks] = chunk;
            offered += chunk.remaining();
        }
        long count = chunks == 1 ? channel.write(gathered[0]) : channel.write(gathered, 0, chunks);
        queuedBytes -= count;
        for (int i = 0; i < chunks && !gathered[i].hasRemaining(); i++) {
            segments.removeFirst();
            pool.giveBack(gathered[i]);
        }
        // A reference that stays would keep memory that the pool has given up.
        Arrays.fill(gathered, 0, chunks, null);
        blocked = count < offered;
        return count;
    }

    private ByteBuffer chunkWithRoom() {
        Object last = segments.peekLast();
        if (last instanceof ByteBuffer chunk && chunk.limit() < chunk.capacity()) {
            return chunk;
        }
        ByteBuffer chunk =
                pool.borrow(last == null ? FIRST_CHUNK_BYTES : CHUNK_BYTES).limit(0);
        segments.add(chunk);
        return chunk;
    }

    private static void close(ByteSource source) {
        try {
            source.close();
        } catch (RuntimeException e) {
            LOG.error("Closing a sent or dropped byte source failed", e);
        }
    }

    private static PortaskException truncated(int size, int position) {
        return new PortaskException(
                ErrorCode.INTERNAL_ERROR,
                "A byte source of " + size + " bytes gave none at position " + position + " although there was room");
    }

    /** Takes what a source writes into the chunks. */
    private final class Copier implements WritableByteChannel {
        @Override
        public int write(ByteBuffer bytes) {
            int count = bytes.remaining();
            add(bytes);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
