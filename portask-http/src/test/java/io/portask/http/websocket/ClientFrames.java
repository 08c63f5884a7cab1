package io.portask.http.websocket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** The client's side of the framing, written for the tests: makes masked frames, and takes a server's apart. */
final class ClientFrames {
    static final int MASK_KEY = 0x37FA213D;

    private ClientFrames() {}

    static byte[] text(String text) {
        return frame(0x80 | Opcode.TEXT, utf8(text));
    }

    static byte[] close(int code, String reason) {
        return frame(0x80 | Opcode.CLOSE, concat(new byte[] {(byte) (code >> 8), (byte) code}, utf8(reason)));
    }

    /** @param first FIN, reserved bits and opcode */
    static byte[] frame(int first, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + payload.length).put((byte) first);
        if (payload.length <= 125) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length <= 0xFFFF) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        frame.putInt(MASK_KEY);
        for (int i = 0; i < payload.length; i++) {
            frame.put((byte) (payload[i] ^ (MASK_KEY >> (24 - i % 4 * 8))));
        }
        byte[] bytes = new byte[frame.flip().remaining()];
        frame.get(bytes);
        return bytes;
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    /** One line for each frame that a server sent, as {@link #line} writes it. */
    static List<String> lines(ByteBuffer sent) {
        List<String> lines = new ArrayList<>();
        while (sent.hasRemaining()) {
            int first = sent.get() & 0xFF;
            int second = sent.get() & 0xFF;
            long length = second == 126 ? sent.getShort() & 0xFFFF : second == 127 ? sent.getLong() : second;
            byte[] payload = new byte[(int) length];
            sent.get(payload);
            lines.add(line(first, payload));
        }
        return lines;
    }

    private static String line(int first, byte[] payload) {
        return switch (first) {
            case 0x80 | Opcode.TEXT -> line("text", payload);
            case 0x80 | Opcode.BINARY -> line("binary", payload);
            case 0x80 | Opcode.PING -> line("ping", payload);
            case 0x80 | Opcode.PONG -> line("pong", payload);
            case 0x80 | Opcode.CLOSE ->
                payload.length == 0 ? "close" : "close " + ((payload[0] & 0xFF) << 8 | (payload[1] & 0xFF));
            default -> "not a server's frame: " + Integer.toHexString(first);
        };
    }

    /** What a frame of this kind and content looks like. */
    static String line(String kind, byte[] payload) {
        return payload.length <= 256
                ? kind + " " + HexFormat.of().formatHex(payload)
                : kind + " of " + payload.length + " bytes, hash " + Arrays.hashCode(payload);
    }
}
