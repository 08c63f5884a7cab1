package io.portask.http.wire;

import com.sun.net.httpserver.Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Writes responses (RFC 9112) into a buffer of the calling thread. {@link #start} begins, the others append, and {@link #take}
 * gives what was written, valid until the next start on the same thread.
 */
public final class ResponseEncoder {
    private static final int KEPT_BYTES = 64 << 10;
    private static final ThreadLocal<ResponseEncoder> OF_THREAD = ThreadLocal.withInitial(ResponseEncoder::new);

    private static final byte[] VERSION = ascii("HTTP/1.1 ");
    private static final byte[] END_OF_LINE = ascii("\r\n");
    private static final byte[] CHUNKED = ascii("Transfer-encoding: chunked\r\n");
    private static final byte[] CLOSE = ascii("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE = ascii("Connection: keep-alive\r\n");
    private static final byte[] UPGRADE = ascii("Connection: Upgrade\r\n");
    private static final byte[] LENGTH = ascii("Content-length: ");
    private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");
    private static final byte[] OK = ascii("200 OK\r\n");
    private static final byte[] CONTINUE = ascii("100 Continue\r\n\r\n");

    private byte[] bytes = new byte[1024];
    private int size;

    private ResponseEncoder() {}

    /** The empty encoder of the calling thread. */
    public static ResponseEncoder start() {
        ResponseEncoder encoder = OF_THREAD.get();
        encoder.size = 0;
        if (encoder.bytes.length > KEPT_BYTES) {
            encoder.bytes = new byte[KEPT_BYTES];
        }
        return encoder;
    }

    public ByteBuffer take() {
        return ByteBuffer.wrap(bytes, 0, size);
    }

    /** {@code 100 Continue}, whole. */
    public ResponseEncoder interimContinue() {
        return append(VERSION).append(CONTINUE);
    }

    /**
     * The status line and the fields, but for those that say how the message ends and whether the connection goes on, and
     * Date unless it was set.
     *
     * @throws IllegalArgumentException if a field's name is not a token or its value has a control character
     */
    public ResponseEncoder head(int status, Headers headers) {
        append(VERSION);
        if (status == 200) {
            append(OK);
        } else {
            append(Integer.toString(status))
                    .append(' ')
                    .append(ReasonPhrase.of(status))
                    .append(END_OF_LINE);
        }
        boolean dated = false;
        for (Map.Entry<String, List<String>> field : headers.entrySet()) {
            String name = field.getKey();
            if (!isFraming(name)) {
                dated |= name.equals("Date");
                for (String value : field.getValue()) {
                    field(name, value);
                }
            }
        }
        return dated ? this : append(HttpDate.line(System.currentTimeMillis()));
    }

    private static boolean isFraming(String name) {
        return switch (name) {
            case "Content-length", "Transfer-encoding", "Connection", "Keep-alive" -> true;
            default -> false;
        };
    }

    private void field(String name, String value) {
        if (!Octets.isToken(name) || !Octets.isValue(value)) {
            throw new IllegalArgumentException(
                    "The field " + printable(name) + " of a response has a character that is not allowed");
        }
        append(name).append(':').append(' ').append(value).append(END_OF_LINE);
    }

    private static String printable(String name) {
        return Octets.isToken(name) ? name : "whose name is not a token";
    }

    public ResponseEncoder contentLength(long length) {
        return append(LENGTH).append(Long.toString(length)).append(END_OF_LINE);
    }

    public ResponseEncoder chunked() {
        return append(CHUNKED);
    }

    /** The connection ends behind this response. */
    public ResponseEncoder close() {
        return append(CLOSE);
    }

    /** Tells an HTTP/1.0 client that the connection goes on. */
    public ResponseEncoder keepAlive() {
        return append(KEEP_ALIVE);
    }

    public ResponseEncoder upgrade() {
        return append(UPGRADE);
    }

    public ResponseEncoder endHead() {
        return append(END_OF_LINE);
    }

    /** The line before so many bytes of a chunk; {@link #endChunk} comes behind them. */
    public ResponseEncoder startChunk(int count) {
        return append(Integer.toHexString(count)).append(END_OF_LINE);
    }

    public ResponseEncoder endChunk() {
        return append(END_OF_LINE);
    }

    public ResponseEncoder lastChunk() {
        return append(LAST_CHUNK);
    }

    /** Consumes the remaining bytes. */
    public ResponseEncoder body(ByteBuffer part) {
        int count = part.remaining();
        reserve(count);
        part.get(bytes, size, count);
        size += count;
        return this;
    }

    private ResponseEncoder append(byte[] more) {
        reserve(more.length);
        System.arraycopy(more, 0, bytes, size, more.length);
        size += more.length;
        return this;
    }

    private ResponseEncoder append(String latin) {
        int length = latin.length();
        reserve(length);
        for (int i = 0; i < length; i++) {
            bytes[size++] = (byte) latin.charAt(i);
        }
        return this;
    }

    private ResponseEncoder append(char letter) {
        reserve(1);
        bytes[size++] = (byte) letter;
        return this;
    }

    private void reserve(int count) {
        if (bytes.length - size < count) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(size, count)));
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
