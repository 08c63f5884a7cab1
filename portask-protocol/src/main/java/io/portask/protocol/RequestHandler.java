package io.portask.protocol;

import java.nio.ByteBuffer;

/** Serves the requests of one type, for all sessions: called on the threads of their connections, so it keeps no state. */
interface RequestHandler {
    /**
     * @param flags as sent; {@link FrameFlags#COMPRESSED} asks for a compressed answer
     * @param payload valid during the call
     * @throws io.portask.error.PortaskException which answers the request, or ends the connection if it is fatal
     */
    void onRequest(PortSession session, int flags, int correlationId, ByteBuffer payload);
}
