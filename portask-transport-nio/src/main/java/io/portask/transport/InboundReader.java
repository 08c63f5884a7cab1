package io.portask.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ScatteringByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * Reads the sockets of one loop, on its thread, into one shared buffer. Only what a session leaves is copied, into the
 * connection's {@link PartialFrame}; the rest of that frame is read straight behind it while what follows goes to the shared
 * buffer, in one scattering read.
 */
final class InboundReader {
    /** A connection as its bytes see it. */
    interface Receiver {
        ScatteringByteChannel channel();

        /** Whether bytes may be read and delivered now; may change during {@link #deliver}. */
        boolean reading();

        /** So many bytes have arrived. */
        void onRead(int count);

        /** The session's {@code onBytes}; errors are handled inside. */
        int deliver(ByteBuffer bytes);

        @Nullable
        PartialFrame partial();

        void partial(@Nullable PartialFrame frame);

        /** The session waits for more bytes than it may. */
        void onFrameTooLarge(long bytes);

        /** Whether it was closed; its partial frame is then left alone. */
        boolean closing();
    }

    /** End of input, as a result of {@link #read}. */
    static final int EOF = -1;

    private static final int SHARED_BYTES = 256 << 10;
    /** What one connection may read before the others get their turn. */
    private static final int BURST_BYTES = 2 * SHARED_BYTES;

    /** A read of so many bytes is seldom the last: reading again is cheaper than asking the selector. */
    private static final int STREAMING_BYTES = 32 << 10;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final BufferPool pool;
    private final int maxFrameBytes;
    private final ByteBuffer shared = ByteBuffer.allocateDirect(SHARED_BYTES);
    private final ByteBuffer[] tailAndShared = {NOTHING, shared};

    InboundReader(BufferPool pool, int maxFrameBytes) {
        this.pool = pool;
        this.maxFrameBytes = maxFrameBytes;
    }

    /**
     * Reads and delivers one burst.
     *
     * @return how many bytes were read, or {@link #EOF} if the input ended, whatever was read before
     */
    int read(Receiver receiver) throws IOException {
        int total = 0;
        while (total < BURST_BYTES && receiver.reading()) {
            shared.clear();
            PartialFrame partial = receiver.partial();
            int room;
            int count;
            if (partial == null) {
                room = SHARED_BYTES;
                count = receiver.channel().read(shared);
            } else {
                tailAndShared[0] = partial.tail();
                room = tailAndShared[0].remaining() + SHARED_BYTES;
                count = (int) receiver.channel().read(tailAndShared);
            }
            if (count < 0) {
                return EOF;
            }
            total += count;
            if (count > 0) {
                receiver.onRead(count);
            }
            dispatch(receiver, shared.flip());
            if (count < Math.min(room, STREAMING_BYTES)) {
                break;
            }
        }
        return total;
    }

    /** Delivers again what a session left while it was paused. */
    void redeliver(Receiver receiver) {
        dispatch(receiver, NOTHING);
    }

    /**
     * Reads and forgets.
     *
     * @return as {@link #read}
     */
    int drain(ScatteringByteChannel channel) throws IOException {
        return channel.read(shared.clear());
    }

    private void dispatch(Receiver receiver, ByteBuffer bytes) {
        for (PartialFrame partial = receiver.partial(); partial != null; partial = receiver.partial()) {
            partial.append(bytes);
            if (!partial.complete()) {
                return;
            }
            if (!receiver.reading()) {
                partial.appendAll(bytes);
                return;
            }
            ByteBuffer frame = partial.flip();
            int need = receiver.deliver(frame);
            if (receiver.closing()) {
                return;
            }
            if (frame.hasRemaining()) {
                partial.keep(needOf(receiver, frame.remaining(), need));
            } else {
                receiver.partial(null);
                partial.release();
            }
        }
        if (!bytes.hasRemaining()) {
            return;
        }
        int need = receiver.reading() ? receiver.deliver(bytes) : 1;
        if (bytes.hasRemaining() && !receiver.closing()) {
            receiver.partial(new PartialFrame(pool, bytes, needOf(receiver, bytes.remaining(), need)));
        }
    }

    /** A paused session sees what it left again when it resumes; any other waits for at least one byte more. */
    private int needOf(Receiver receiver, int left, int need) {
        if (!receiver.reading()) {
            return 1;
        }
        long wanted = Math.max(need, left + 1L);
        if (wanted > maxFrameBytes) {
            receiver.onFrameTooLarge(wanted);
        }
        return (int) Math.min(wanted, Integer.MAX_VALUE);
    }
}
