package io.portask.net;

import java.nio.ByteBuffer;

/**
 * One protocol that a port can speak. Shared by all connections and called from several threads at once; the state of one
 * connection lives in its {@link ProtocolSession}.
 */
public interface ProtocolHandler {
    /** What {@link #recognize} makes of a connection's first bytes. */
    enum Recognition {
        MINE,
        NOT_MINE,
        /** More bytes are needed to tell. */
        UNDECIDED
    }

    /** A short lower-case name for metrics and listings, such as {@code port}. */
    String name();

    /** Says from a connection's first bytes whether it speaks this protocol. Leaves the buffer as it was. */
    Recognition recognize(ByteBuffer firstBytes);

    /** A session for a new connection, which may be written to from now on. Called on the connection's thread. */
    ProtocolSession open(Connection connection);
}
