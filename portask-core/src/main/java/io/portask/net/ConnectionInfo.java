package io.portask.net;

import java.net.SocketAddress;
import java.time.Instant;

/**
 * One connection at one moment.
 *
 * @param id unique in this process
 * @param remoteAddress the peer
 * @param localAddress our end
 * @param protocol the name of its protocol; "unknown" until the first bytes were recognized
 * @param openedAt when it was accepted or connected
 * @param bytesIn read from the peer
 * @param bytesOut taken by the peer's system
 * @param queuedBytes written by the session, not yet taken
 * @param readingPaused whether nothing is read from the peer now
 * @param closing whether the close has begun
 * @param session what its session says of itself
 */
public record ConnectionInfo(
        long id,
        SocketAddress remoteAddress,
        SocketAddress localAddress,
        String protocol,
        Instant openedAt,
        long bytesIn,
        long bytesOut,
        long queuedBytes,
        boolean readingPaused,
        boolean closing,
        SessionInfo session) {}
