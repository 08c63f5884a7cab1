package io.portask.protocol;

import org.jspecify.annotations.Nullable;

/** Sends what a request's result is to the peer, on the connection's thread. */
interface Answer<T extends @Nullable Object> {
    /** @param flags those of the request */
    void send(PortSession session, int flags, int correlationId, T result);
}
