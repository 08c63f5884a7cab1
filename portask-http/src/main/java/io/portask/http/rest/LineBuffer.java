package io.portask.http.rest;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** One line of text at a time, put together from bytes that arrive in parts. One thread. */
final class LineBuffer {
    private static final int SMALLEST = 1 << 10;

    private final int maxBytes;
    private byte[] line = new byte[SMALLEST];
    private int size;
    private long number = 1;

    LineBuffer(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * Takes bytes up to the end of the line.
     *
     * @return whether the line is whole; false when it needs more than the part has
     * @throws PortaskException {@link ErrorCode#BATCH_TOO_LARGE} for a line above the limit
     */
    boolean fill(ByteBuffer part) {
        int from = part.position();
        int to = from;
        while (to < part.limit() && part.get(to) != '\n') {
            to++;
        }
        int more = to - from;
        if (more > maxBytes - size) {
            throw new PortaskException(ErrorCode.BATCH_TOO_LARGE, "A line has up to " + maxBytes + " bytes");
        }
        if (more > line.length - size) {
            line = Arrays.copyOf(line, Math.max(size + more, (int) Math.min(maxBytes, 2L * line.length)));
        }
        part.get(line, size, more);
        size += more;
        if (!part.hasRemaining()) {
            return false;
        }
        part.get();
        return true;
    }

    /** What there is of the line is in the first {@link #size()} of these. */
    byte[] bytes() {
        return line;
    }

    int size() {
        return size;
    }

    /** Counted from 1. */
    long number() {
        return number;
    }

    boolean isBlank() {
        for (int i = 0; i < size; i++) {
            if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    void next() {
        size = 0;
        number++;
    }
}
