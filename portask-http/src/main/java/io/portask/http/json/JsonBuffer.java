package io.portask.http.json;

import io.portask.http.text.Utf8;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Writes JSON as UTF-8 into an array that grows, without white space and without intermediate text. Whoever calls keeps
 * objects and arrays balanced. Made to be used again; one thread at a time.
 */
public final class JsonBuffer {
    private static final int INITIAL_BYTES = 512;
    /** A larger array is not kept by {@link #reset()}. */
    private static final int MAX_KEPT_BYTES = 1 << 20;

    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    private static final byte[] BASE64 = ascii("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    private static final byte[] NULL = ascii("null");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");
    private static final byte[] ESCAPES = new byte[128];

    static {
        Arrays.fill(ESCAPES, 0, ' ', (byte) 'u');
        ESCAPES['"'] = '"';
        ESCAPES['\\'] = '\\';
        ESCAPES['\n'] = 'n';
        ESCAPES['\r'] = 'r';
        ESCAPES['\t'] = 't';
    }

    /** Leaves a writer that wants more than it may. */
    private static final class Full extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Full() {
            super("A writer of JSON wants more than it may", null, false, false);
        }
    }

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int size;
    private long limit = Long.MAX_VALUE;
    /** Something stands before the next name or value in the same object or array. */
    private boolean comma;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Empties it. */
    public JsonBuffer reset() {
        size = 0;
        comma = false;
        if (bytes.length > MAX_KEPT_BYTES) {
            bytes = new byte[INITIAL_BYTES];
        }
        return this;
    }

    public int size() {
        return size;
    }

    /** Lets a writer add up to so many bytes. If it wants more, nothing of it stays, and the answer is false. */
    public boolean tryWrite(int maxBytes, Consumer<JsonBuffer> writer) {
        int sizeBefore = size;
        boolean commaBefore = comma;
        limit = (long) size + maxBytes;
        try {
            writer.accept(this);
            if (size <= limit) {
                return true;
            }
        } catch (Full e) {
            // As if it was within the array's room.
        } finally {
            limit = Long.MAX_VALUE;
        }
        size = sizeBefore;
        comma = commaBefore;
        return false;
    }

    /** What was written, valid until the next change. */
    public ByteBuffer view() {
        return ByteBuffer.wrap(bytes, 0, size);
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    public void writeTo(OutputStream out) throws IOException {
        out.write(bytes, 0, size);
    }

    /** What was written, as text. */
    @Override
    public String toString() {
        return new String(bytes, 0, size, StandardCharsets.UTF_8);
    }

    public JsonBuffer beginObject() {
        return begin('{');
    }

    public JsonBuffer endObject() {
        return end('}');
    }

    public JsonBuffer beginArray() {
        return begin('[');
    }

    public JsonBuffer endArray() {
        return end(']');
    }

    /** Ends a line; what follows is a document of its own. */
    public JsonBuffer endLine() {
        end('\n');
        comma = false;
        return this;
    }

    /** Text in ASCII that is no JSON, such as stands between documents; what follows is a document of its own. */
    public JsonBuffer plain(String ascii) {
        for (int i = 0; i < ascii.length(); i++) {
            put(ascii.charAt(i));
        }
        comma = false;
        return this;
    }

    private JsonBuffer begin(char bracket) {
        separate();
        put(bracket);
        comma = false;
        return this;
    }

    private JsonBuffer end(char bracket) {
        put(bracket);
        comma = true;
        return this;
    }

    private void separate() {
        if (comma) {
            put(',');
        }
        comma = true;
    }

    /** The name of the value that follows. */
    public JsonBuffer name(String name) {
        string(name);
        put(':');
        comma = false;
        return this;
    }

    /** Half a surrogate pair becomes U+FFFD, for UTF-8 has no form for it. */
    public JsonBuffer string(String text) {
        separate();
        put('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                putEscaped((byte) c);
            } else if (c < 0x800) {
                put(0xC0 | c >> 6);
                put(0x80 | (c & 0x3F));
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                put(0xF0 | point >> 18);
                put(0x80 | (point >> 12 & 0x3F));
                put(0x80 | (point >> 6 & 0x3F));
                put(0x80 | (point & 0x3F));
            } else {
                int unit = Character.isSurrogate(c) ? 0xFFFD : c;
                put(0xE0 | unit >> 12);
                put(0x80 | (unit >> 6 & 0x3F));
                put(0x80 | (unit & 0x3F));
            }
        }
        put('"');
        return this;
    }

    /** A string whose bytes are valid UTF-8, see {@link Utf8}. */
    public JsonBuffer string(byte[] utf8) {
        separate();
        ensure(utf8.length + 2);
        put('"');
        int from = 0;
        for (int i = 0; i < utf8.length; i++) {
            byte b = utf8[i];
            if (b >= 0 && ESCAPES[b] != 0) {
                putAll(utf8, from, i);
                putEscaped(b);
                from = i + 1;
            }
        }
        putAll(utf8, from, utf8.length);
        put('"');
        return this;
    }

    public JsonBuffer number(long value) {
        separate();
        if (value == Long.MIN_VALUE) {
            byte[] digits = ascii(Long.toString(value));
            putAll(digits, 0, digits.length);
            return this;
        }
        if (value < 0) {
            put('-');
        }
        long left = Math.abs(value);
        int digits = 1;
        for (long power = left; power >= 10; power /= 10) {
            digits++;
        }
        ensure(digits);
        for (int i = size + digits - 1; i >= size; i--) {
            bytes[i] = (byte) ('0' + left % 10);
            left /= 10;
        }
        size += digits;
        return this;
    }

    /** A finite number that need not be whole. */
    public JsonBuffer number(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("JSON has no " + value);
        }
        return value == Math.rint(value) && Math.abs(value) < 1L << 53
                ? number((long) value)
                : literal(ascii(Double.toString(value)));
    }

    public JsonBuffer bool(boolean value) {
        return literal(value ? TRUE : FALSE);
    }

    public JsonBuffer nullValue() {
        return literal(NULL);
    }

    private JsonBuffer literal(byte[] word) {
        separate();
        putAll(word, 0, word.length);
        return this;
    }

    /** A value that is JSON already and was checked; white space between its tokens is left out. */
    public JsonBuffer json(byte[] value) {
        separate();
        ensure(value.length);
        size += CompactJson.copy(value, 0, value.length, bytes, size);
        return this;
    }

    /** The bytes as a string in base64 (RFC 4648 section 4). */
    public JsonBuffer base64(byte[] value) {
        separate();
        ensure(value.length / 3 * 4 + 6);
        put('"');
        for (int i = 0; i < value.length; i += 3) {
            int left = value.length - i;
            int three = (value[i] & 0xFF) << 16
                    | (left > 1 ? (value[i + 1] & 0xFF) << 8 : 0)
                    | (left > 2 ? value[i + 2] & 0xFF : 0);
            put(BASE64[three >> 18]);
            put(BASE64[three >> 12 & 0x3F]);
            put(left > 1 ? BASE64[three >> 6 & 0x3F] : '=');
            put(left > 2 ? BASE64[three & 0x3F] : '=');
        }
        put('"');
        return this;
    }

    private void putEscaped(byte ascii) {
        byte escape = ESCAPES[ascii];
        if (escape == 0) {
            put(ascii);
            return;
        }
        put('\\');
        put(escape);
        if (escape == 'u') {
            put('0');
            put('0');
            put(HEX[ascii >> 4]);
            put(HEX[ascii & 0xF]);
        }
    }

    private void put(int octet) {
        if (size == bytes.length) {
            ensure(1);
        }
        bytes[size++] = (byte) octet;
    }

    private void putAll(byte[] source, int from, int to) {
        ensure(to - from);
        System.arraycopy(source, from, bytes, size, to - from);
        size += to - from;
    }

    private void ensure(int more) {
        if (more > bytes.length - size) {
            if ((long) size + more > limit) {
                throw new Full();
            }
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), (int)
                    Math.min(Integer.MAX_VALUE - 8, bytes.length * 2L)));
        }
    }
}
