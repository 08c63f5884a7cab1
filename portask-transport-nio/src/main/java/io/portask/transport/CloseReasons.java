package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.net.SocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Names for the ends of connections that nobody else named. */
final class CloseReasons {
    private static final Logger LOG = LoggerFactory.getLogger(NioConnection.class);

    private CloseReasons() {}

    static PortaskException shuttingDown() {
        return new PortaskException(ErrorCode.SHUTTING_DOWN, "This end is shutting down");
    }

    static PortaskException endedBy(SocketAddress peer) {
        return new PortaskException(ErrorCode.CONNECTION_LOST, "The peer " + peer + " closed the connection");
    }

    static PortaskException slow(long queuedBytes, int maxOutboundBytes) {
        return new PortaskException(
                ErrorCode.SLOW_PEER,
                "The peer has left " + queuedBytes + " bytes unread; maxOutboundBytes is " + maxOutboundBytes);
    }

    /** For what was thrown while something was done with the peer. */
    static PortaskException lost(String doing, SocketAddress peer, Exception error) {
        if (error instanceof IOException) {
            return new PortaskException(
                    ErrorCode.CONNECTION_LOST, doing + " the peer " + peer + " failed: " + error.getMessage(), error);
        }
        return named(error, peer);
    }

    /** For what a session threw. */
    static PortaskException named(Throwable error, SocketAddress peer) {
        PortaskException reason = PortaskException.of(error);
        if (reason.code() == ErrorCode.INTERNAL_ERROR) {
            LOG.error("The connection of {} fails and is closed", peer, reason);
        }
        return reason;
    }
}
