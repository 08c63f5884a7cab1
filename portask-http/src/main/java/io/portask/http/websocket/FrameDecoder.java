package io.portask.http.websocket;

import io.portask.http.text.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Takes a client's frames out of the bytes of one connection and puts messages together (RFC 6455 section 5). Any splitting
 * of the bytes gives the same result. Between two messages it holds no buffer; within one, a buffer that grows with what
 * arrived, never with what was announced. One thread at a time.
 *
 * <pre>
 *  0      FIN 0x80, RSV1 to RSV3 0x70 (must be 0), opcode 0x0F
 *  1      MASK 0x80 (must be 1), length 0x7F: up to 125, or 126: u16 follows, or 127: u63 follows
 *  2      0, 2 or 8 bytes of length
 *  ..     4 bytes of masking key
 *  ..     payload, each byte XORed with byte i % 4 of the key
 * </pre>
 */
final class FrameDecoder {
    static final int MAX_CONTROL_BYTES = 125;
    private static final int FIN = 0x80;
    private static final int RESERVED = 0x70;
    private static final int OPCODE = 0x0F;
    private static final int MASK = 0x80;
    private static final int LENGTH = 0x7F;
    private static final int LENGTH_16 = 126;
    private static final int LENGTH_64 = 127;
    private static final int MASK_SIZE = 4;
    /** The first two bytes and the key. */
    private static final int MIN_HEADER_SIZE = 6;

    private final int maxMessageBytes;
    /** The message that is being put together: {@link Opcode#TEXT} or {@link Opcode#BINARY}, 0 for none. */
    private int messageOpcode;

    private byte @Nullable [] message;
    private int messageSize;
    private int textState;
    private boolean inPayload;
    private boolean finalFrame;
    private int frameRest;
    private int maskKey;
    private boolean done;

    FrameDecoder(int maxMessageBytes) {
        this.maxMessageBytes = maxMessageBytes;
    }

    /**
     * Hands over what is whole and moves the position behind what was taken.
     *
     * @return how many bytes are needed from the new position on before there is more to do; 0 if none are left
     */
    int decode(ByteBuffer in, FrameSink sink) {
        while (!done && in.hasRemaining()) {
            if (!sink.wantsMore()) {
                return 1;
            }
            int needed = inPayload ? takePayload(in, sink) : beginFrame(in, sink);
            if (needed > 0 && !done) {
                return needed;
            }
        }
        in.position(in.limit());
        return 0;
    }

    /** @return 0, or how many bytes the header, or a whole control frame, needs */
    private int beginFrame(ByteBuffer in, FrameSink sink) {
        int start = in.position();
        int first = in.get(start);
        int opcode = first & OPCODE;
        boolean last = (first & FIN) != 0;
        if (!isBeginningAllowed(first, opcode, sink)) {
            return 0;
        }
        if (in.remaining() < 2) {
            return MIN_HEADER_SIZE;
        }
        int second = in.get(start + 1);
        int length = second & LENGTH;
        if ((second & MASK) == 0) {
            return violation(sink, CloseCode.PROTOCOL_ERROR, "A client's frames must be masked");
        }
        if (Opcode.isControl(opcode)) {
            return control(in, sink, opcode, length);
        }
        int size = MIN_HEADER_SIZE + (length == LENGTH_16 ? Short.BYTES : length == LENGTH_64 ? Long.BYTES : 0);
        if (in.remaining() < size) {
            return size;
        }
        long payload = switch (length) {
            case LENGTH_16 -> in.getShort(start + 2) & 0xFFFF;
            case LENGTH_64 -> in.getLong(start + 2);
            default -> length;
        };
        return isLengthAllowed(length, payload, sink) ? beginPayload(in, opcode, last, size, (int) payload, sink) : 0;
    }

    private boolean isBeginningAllowed(int first, int opcode, FrameSink sink) {
        String wrong = null;
        if ((first & RESERVED) != 0) {
            wrong = "A reserved bit is set, but no extension was agreed on";
        } else if (!Opcode.isKnown(opcode)) {
            wrong = "Opcode " + opcode + " is reserved";
        } else if (Opcode.isControl(opcode)) {
            wrong = (first & FIN) == 0 ? "A control frame must not be fragmented" : null;
        } else if (opcode == Opcode.CONTINUATION && messageOpcode == 0) {
            wrong = "There is no message to continue";
        } else if (opcode != Opcode.CONTINUATION && messageOpcode != 0) {
            wrong = "A message begins before the one before it has ended";
        }
        if (wrong != null) {
            violation(sink, CloseCode.PROTOCOL_ERROR, wrong);
        }
        return wrong == null;
    }

    private boolean isLengthAllowed(int lengthCode, long length, FrameSink sink) {
        if (length < 0
                || (lengthCode == LENGTH_16 && length < LENGTH_16)
                || (lengthCode == LENGTH_64 && length <= 0xFFFF)) {
            violation(sink, CloseCode.PROTOCOL_ERROR, "A frame's length must be written in the shortest form");
            return false;
        }
        if (length > maxMessageBytes - messageSize) {
            violation(sink, CloseCode.MESSAGE_TOO_BIG, "A message has at most " + maxMessageBytes + " bytes here");
            return false;
        }
        return true;
    }

    private int beginPayload(ByteBuffer in, int opcode, boolean last, int headerSize, int length, FrameSink sink) {
        if (opcode != Opcode.CONTINUATION) {
            messageOpcode = opcode;
            textState = Utf8.BETWEEN;
        }
        maskKey = in.getInt(in.position() + headerSize - MASK_SIZE);
        in.position(in.position() + headerSize);
        finalFrame = last;
        frameRest = length;
        inPayload = true;
        return takePayload(in, sink);
    }

    private int takePayload(ByteBuffer in, FrameSink sink) {
        int size = Math.min(in.remaining(), frameRest);
        byte[] target = room(size);
        in.get(target, messageSize, size);
        maskKey = Masking.apply(maskKey, target, messageSize, messageSize + size);
        if (messageOpcode == Opcode.TEXT) {
            textState = Utf8.advance(textState, target, messageSize, messageSize + size);
        }
        messageSize += size;
        frameRest -= size;
        boolean ends = frameRest == 0 && finalFrame;
        if (textState == Utf8.INVALID || (ends && textState != Utf8.BETWEEN)) {
            return violation(sink, CloseCode.INVALID_DATA, "A text message is not UTF-8");
        }
        inPayload = frameRest > 0;
        if (ends) {
            boolean text = messageOpcode == Opcode.TEXT;
            ByteBuffer whole = ByteBuffer.wrap(target, 0, messageSize);
            forgetMessage();
            sink.onMessage(text, whole);
        }
        return 0;
    }

    private byte[] room(int more) {
        byte[] known = message;
        int wanted = messageSize + more;
        if (known != null && known.length >= wanted) {
            return known;
        }
        byte[] larger =
                new byte[known == null ? wanted : (int) Math.min(maxMessageBytes, Math.max(wanted, known.length * 2L))];
        if (known != null) {
            System.arraycopy(known, 0, larger, 0, messageSize);
        }
        message = larger;
        return larger;
    }

    private void forgetMessage() {
        messageOpcode = 0;
        message = null;
        messageSize = 0;
        textState = Utf8.BETWEEN;
    }

    private int control(ByteBuffer in, FrameSink sink, int opcode, int length) {
        if (length > MAX_CONTROL_BYTES) {
            return violation(sink, CloseCode.PROTOCOL_ERROR, "A control frame has at most 125 bytes of payload");
        }
        int size = MIN_HEADER_SIZE + length;
        if (in.remaining() < size) {
            return size;
        }
        int key = in.getInt(in.position() + 2);
        byte[] payload = new byte[length];
        in.position(in.position() + MIN_HEADER_SIZE).get(payload);
        Masking.apply(key, payload, 0, length);
        switch (opcode) {
            case Opcode.PING -> sink.onPing(ByteBuffer.wrap(payload));
            case Opcode.PONG -> sink.onPong(ByteBuffer.wrap(payload));
            default -> close(payload, sink);
        }
        return 0;
    }

    private void close(byte[] payload, FrameSink sink) {
        int size = payload.length;
        int code = size < Short.BYTES ? CloseCode.NO_STATUS : (payload[0] & 0xFF) << 8 | (payload[1] & 0xFF);
        int reasonAt = Math.min(Short.BYTES, size);
        if (size == 1) {
            violation(sink, CloseCode.PROTOCOL_ERROR, "A Close has no payload, or at least the two bytes of its code");
        } else if (size > 0 && !CloseCode.mayBeSent(code)) {
            violation(sink, CloseCode.PROTOCOL_ERROR, "Close code " + code + " must not be sent");
        } else if (!Utf8.isValid(payload, reasonAt, size)) {
            violation(sink, CloseCode.INVALID_DATA, "The reason of a Close is not UTF-8");
        } else {
            stop();
            sink.onClose(code, new String(payload, reasonAt, size - reasonAt, StandardCharsets.UTF_8));
        }
    }

    private int violation(FrameSink sink, int code, String text) {
        stop();
        sink.onViolation(code, text);
        return 0;
    }

    private void stop() {
        done = true;
        forgetMessage();
    }
}
