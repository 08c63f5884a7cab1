package io.portask.launcher;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Splits a stream of bytes at line feeds, and leaves every other byte alone. One thread. */
final class LineReader {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final InputStream in;
    private final int maxLineBytes;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
    private int position;
    private int limit;

    LineReader(InputStream in, int maxLineBytes) {
        this.in = in;
        this.maxLineBytes = maxLineBytes;
    }

    /**
     * The next line without its line feed; null at the end. A last line without a line feed counts.
     *
     * @throws IOException also for a line that is longer than the maximum
     */
    byte @Nullable [] next() throws IOException {
        while (true) {
            for (int i = position; i < limit; i++) {
                if (buffer[i] == '\n') {
                    byte[] line = take(i);
                    position = i + 1;
                    return line;
                }
            }
            partial.write(buffer, position, limit - position);
            if (partial.size() > maxLineBytes) {
                throw new IOException(
                        "A line is longer than " + maxLineBytes + " bytes, the most that a message may have here");
            }
            position = 0;
            limit = in.read(buffer, 0, buffer.length);
            if (limit < 0) {
                limit = 0;
                return partial.size() == 0 ? null : take(0);
            }
        }
    }

    private byte[] take(int end) {
        if (partial.size() == 0) {
            return Arrays.copyOfRange(buffer, position, end);
        }
        partial.write(buffer, position, end - position);
        byte[] line = partial.toByteArray();
        partial.reset();
        return line;
    }
}
