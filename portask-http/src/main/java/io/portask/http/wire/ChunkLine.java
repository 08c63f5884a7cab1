package io.portask.http.wire;

import java.nio.ByteBuffer;

/**
 * Reads the line before a chunk's data (RFC 9112 section 7.1), also over several reads: hexadecimal digits, then perhaps
 * extensions, which are skipped.
 */
final class ChunkLine {
    /** More digits than any chunk has bytes. */
    private static final int MAX_DIGITS = 15;

    private static final int MAX_LINE_BYTES = 256;

    private enum State {
        DIGITS,
        BLANK,
        EXTENSION,
        CR
    }

    private State state = State.DIGITS;
    private int lineBytes;
    private int digits;
    private long size;

    long size() {
        return size;
    }

    /** Consumes bytes up to the end of the line; true if it was reached. */
    boolean read(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            byte octet = bytes.get();
            if (state == State.CR) {
                if (octet != '\n') {
                    throw Refusal.bad("The line of a chunk's size does not end with CR LF");
                }
                return true;
            }
            if (++lineBytes > MAX_LINE_BYTES) {
                throw Refusal.bad("The extensions of a chunk are too long");
            }
            next(octet);
        }
        return false;
    }

    void reset() {
        state = State.DIGITS;
        lineBytes = 0;
        digits = 0;
        size = 0;
    }

    private void next(byte octet) {
        int value = state == State.DIGITS ? Character.digit(octet, 16) : -1;
        if (value >= 0) {
            if (++digits > MAX_DIGITS) {
                throw Refusal.bad("The size of a chunk has too many digits");
            }
            size = size << 4 | value;
        } else if (digits == 0) {
            throw Refusal.bad("The size of a chunk is not a hexadecimal number");
        } else if (octet == '\r' && state != State.BLANK) {
            state = State.CR;
        } else if (state == State.EXTENSION) {
            if (!Octets.isValue(octet)) {
                throw Refusal.bad("The extensions of a chunk have a control character");
            }
        } else if (octet == ';') {
            state = State.EXTENSION;
        } else if (Octets.isBlank(octet)) {
            state = State.BLANK;
        } else {
            throw Refusal.bad("The size of a chunk is not a hexadecimal number");
        }
    }
}
