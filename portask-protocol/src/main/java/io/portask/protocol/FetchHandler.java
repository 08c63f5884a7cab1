package io.portask.protocol;

import java.nio.ByteBuffer;

/** Reads once for each request, and waits where the client wants to. */
final class FetchHandler implements RequestHandler {
    @Override
    public void onRequest(PortSession session, int flags, int correlationId, ByteBuffer payload) {
        new FetchCall(session, FetchRequest.decode(payload), flags, correlationId).start();
    }
}
