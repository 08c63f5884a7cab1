package io.portask.http.websocket;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Encodes a server's frames: final, unmasked, {@link FrameDecoder} shows the layout. Any thread. */
final class FrameEncoder {
    private static final int FIN = 0x80;
    private static final int MAX_HEADER_SIZE = 10;

    private FrameEncoder() {}

    /** What goes before a payload of this length. */
    static ByteBuffer header(int opcode, int length) {
        ByteBuffer header = ByteBuffer.allocate(MAX_HEADER_SIZE).put((byte) (FIN | opcode));
        if (length <= FrameDecoder.MAX_CONTROL_BYTES) {
            header.put((byte) length);
        } else if (length <= 0xFFFF) {
            header.put((byte) 126).putShort((short) length);
        } else {
            header.put((byte) 127).putLong(length);
        }
        return header.flip();
    }

    /** A Close's payload: the code, and as many characters of the reason as fit. */
    static ByteBuffer close(int code, String reason) {
        ByteBuffer payload = ByteBuffer.allocate(FrameDecoder.MAX_CONTROL_BYTES);
        if (code == CloseCode.NO_STATUS) {
            return payload.flip();
        }
        payload.putShort((short) code);
        CharsetEncoder utf8 = StandardCharsets.UTF_8
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        utf8.encode(CharBuffer.wrap(reason), payload, true);
        return payload.flip();
    }
}
