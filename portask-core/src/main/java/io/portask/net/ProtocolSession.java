package io.portask.net;

import io.portask.error.PortaskException;
import java.nio.ByteBuffer;

/**
 * One peer's state machine: told of bytes and events, always on the connection's own thread. Whatever it throws closes the
 * connection; a {@link PortaskException} names the reason.
 */
public interface ProtocolSession {
    /**
     * Takes what arrived. The buffer holds everything that was not consumed so far, in order; what the session leaves
     * between position and limit is kept by the owner and shown again, with more, at position 0 of perhaps another buffer.
     * Nothing may refer to the buffer after the call.
     *
     * @return how many bytes from the new position on the session needs at least before it can go on; 0 if none are left.
     *     The owner may call again with fewer.
     */
    int onBytes(ByteBuffer bytes);

    /** The outbound queue fell to its low watermark after {@link Connection#isWritable()} had been false. */
    default void onWritable() {}

    /**
     * Nothing arrived for the idle timeout; called again after each further timeout. A session that has nothing to ask
     * its peer closes the connection.
     *
     * @param silentPeriods how many timeouts in a row have passed without a byte, from 1
     */
    void onIdle(int silentPeriods);

    /**
     * The peer sends nothing more; perhaps it still reads, perhaps it is gone.
     *
     * @return whether the session has something to answer yet, and closes the connection itself within a bounded time; false
     *     has the owner close it
     */
    default boolean onInputEnd() {
        return false;
    }

    /** The owner wants to stop: finish what is in flight, say goodbye, then close. The owner waits a bounded time. */
    void onShutdown();

    /** For listings of connections. */
    default SessionInfo info() {
        return SessionInfo.UNKNOWN;
    }

    /** The connection is gone; nothing more is called. Called exactly once. */
    void onClosed(PortaskException reason);
}
