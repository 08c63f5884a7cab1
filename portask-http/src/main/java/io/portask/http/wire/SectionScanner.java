package io.portask.http.wire;

import java.nio.ByteBuffer;

/**
 * Finds the empty line that ends a head or a section of trailers, and remembers how far it has looked, so that bytes that come
 * one by one are looked at once. Refuses line ends that are not CR LF as soon as they are seen.
 */
final class SectionScanner {
    static final int INCOMPLETE = -1;

    private int scanned;
    private int lineStart;
    private boolean firstLine = true;
    private boolean afterCr;

    /**
     * Looks at the bytes from the position on, where the section starts.
     *
     * @return the length of the section with the empty line, or {@link #INCOMPLETE}
     */
    int scan(ByteBuffer bytes, int maxBytes, int maxFirstLine) {
        int start = bytes.position();
        int available = bytes.remaining();
        int limit = firstLine ? Math.min(maxFirstLine, maxBytes) : maxBytes;
        while (scanned < available) {
            byte octet = bytes.get(start + scanned);
            if (afterCr) {
                if (octet != '\n') {
                    throw Refusal.bad("A carriage return stands alone");
                }
                scanned++;
                afterCr = false;
                if (scanned - lineStart == 2) {
                    return end(maxBytes);
                }
                firstLine = false;
                limit = maxBytes;
                lineStart = scanned;
            } else {
                if (octet == '\n') {
                    throw Refusal.bad("A line feed stands alone");
                }
                if (octet == 0) {
                    throw Refusal.bad("NUL is not allowed");
                }
                scanned++;
                afterCr = octet == '\r';
            }
            if (scanned > limit) {
                throw tooLong(maxBytes, maxFirstLine);
            }
        }
        return INCOMPLETE;
    }

    private int end(int maxBytes) {
        int length = scanned;
        reset();
        if (length > maxBytes) {
            throw tooLarge(maxBytes);
        }
        return length;
    }

    private Refusal tooLong(int maxBytes, int maxFirstLine) {
        return firstLine && scanned > maxFirstLine
                ? new Refusal(Refusal.URI_TOO_LONG, "The request line is too long")
                : tooLarge(maxBytes);
    }

    void reset() {
        scanned = 0;
        lineStart = 0;
        firstLine = true;
        afterCr = false;
    }

    private static Refusal tooLarge(int maxBytes) {
        return new Refusal(Refusal.HEAD_TOO_LARGE, "The fields need more than " + maxBytes + " bytes");
    }
}
