package io.portask.protocol;

import io.portask.error.PortaskException;
import java.nio.ByteBuffer;

/** Gets frames from a {@link FrameDecoder}, in the order in which they arrived, on the thread that decodes. */
public interface FrameSink {
    /**
     * A frame that is whole and undamaged; its payload is decrypted and inflated already.
     *
     * @param flags as sent, see {@link FrameFlags}
     * @param payload the bytes from position to limit, in a buffer that is valid during the call only; the position may be moved
     */
    void onFrame(FrameType type, int flags, int correlationId, ByteBuffer payload);

    /** A frame that was skipped, after which the connection goes on: the error is not fatal. */
    void onBadFrame(int flags, int correlationId, PortaskException error);

    /** False makes the decoder stop after the frame that was just handed over; the rest stays in its input. */
    default boolean wantsMore() {
        return true;
    }
}
