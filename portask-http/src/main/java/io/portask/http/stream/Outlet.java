package io.portask.http.stream;

import java.nio.ByteBuffer;

/** Where the bytes of a {@link MessageStream} go. On the stream's thread. */
interface Outlet {
    /** Takes the remaining bytes. */
    void write(ByteBuffer part);

    /** Whether the client takes more now; {@link MessageStream#onWritable} tells when it does again. */
    boolean isWritable();

    /** Ends the response. */
    void end();
}
