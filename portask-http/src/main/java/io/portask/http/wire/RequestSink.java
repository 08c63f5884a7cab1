package io.portask.http.wire;

import com.sun.net.httpserver.Headers;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Takes what a {@link RequestDecoder} finds: for each request a head, its body in any number of parts, and its end. */
public interface RequestSink {
    /** @return how many bytes the body may have; a longer one is refused */
    long onHead(RequestHead head);

    /** A part of the body, never empty. What is left in the buffer is dropped; nothing may refer to it after the call. */
    void onBody(ByteBuffer part);

    /** @param trailers the fields after a chunked body; null if the body was none */
    void onEnd(@Nullable Headers trailers);

    /** What arrived is not acceptable HTTP. Nothing more is decoded; the answer has this status, and the connection ends. */
    void onRefused(int status, String reason);

    /** Whether to go on with the bytes at hand. Asked before each step. */
    boolean wantsMore();
}
