package io.portask.http.host;

import io.portask.http.exchange.BodyException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Where the body of one request goes as it arrives. On the connection's thread, but for the stream. */
interface RequestBody {
    /** The body of a request that has none. */
    RequestBody NONE = new RequestBody() {
        @Override
        public void onBytes(ByteBuffer part) {}

        @Override
        public InputStream stream() {
            return InputStream.nullInputStream();
        }
    };

    void onBytes(ByteBuffer part) throws IOException;

    default void onEnd() throws IOException {}

    /** The rest will not come. */
    default void fail(BodyException reason) {}

    default boolean wantsMore() {
        return true;
    }

    /** The body for a handler to read. */
    InputStream stream();
}
