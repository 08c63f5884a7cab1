package io.portask.http.websocket;

import java.nio.ByteBuffer;

/** Takes what a {@link FrameDecoder} finds. Buffers of messages are the sink's own; those of control frames end with the call. */
interface FrameSink {
    /** A whole message; {@code text} is valid UTF-8. The buffer has an array. */
    void onMessage(boolean text, ByteBuffer payload);

    void onPing(ByteBuffer payload);

    void onPong(ByteBuffer payload);

    /** @param code {@link CloseCode#NO_STATUS} if the peer gave none */
    void onClose(int code, String reason);

    /** The peer broke the rules; nothing more is read. The code is what it should be told. */
    void onViolation(int code, String text);

    /** Asked before each frame: false leaves the rest for later. */
    boolean wantsMore();
}
