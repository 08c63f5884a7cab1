package io.portask.http.exchange;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes a request's body as it arrives, on the connection's thread. What it throws fails the exchange. */
public interface RequestBodyConsumer {
    /** A part of the body, never empty. Nothing may refer to the buffer after the call; what is left in it is dropped. */
    void onBytes(ByteBuffer part) throws IOException;

    /** The body is whole. */
    void onEnd() throws IOException;

    /** The rest of the body will not come; nothing more is called. The answer may still reach the client. */
    void onFailed(BodyException reason);
}
