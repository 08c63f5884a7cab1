package io.portask.http.host;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A body that is held whole. Memory grows with what has arrived, not with what was announced. */
final class CollectedBody implements RequestBody {
    private static final int FIRST_BYTES = 16 << 10;
    private static final int FIRST_CHUNK_BYTES = 512;

    private final int expected;
    private byte[] bytes;
    private int size;

    /** @param contentLength not positive if it is not known */
    CollectedBody(long contentLength) {
        expected = contentLength > 0 ? (int) contentLength : Integer.MAX_VALUE;
        bytes = new byte[contentLength > 0 ? Math.min(expected, FIRST_BYTES) : FIRST_CHUNK_BYTES];
    }

    @Override
    public void onBytes(ByteBuffer part) {
        int count = part.remaining();
        if (bytes.length - size < count) {
            long doubled = Math.max(2L * bytes.length, (long) size + count);
            bytes = Arrays.copyOf(bytes, (int) Math.min(expected, doubled));
        }
        part.get(bytes, size, count);
        size += count;
    }

    @Override
    public InputStream stream() {
        return new CollectedStream(bytes, size);
    }

    /** The JDK's reads through a buffer where a limit is given, which for most bodies is larger than they are. */
    private static final class CollectedStream extends ByteArrayInputStream {
        CollectedStream(byte[] bytes, int size) {
            super(bytes, 0, size);
        }

        @Override
        public synchronized byte[] readNBytes(int limit) {
            int from = pos;
            pos = (int) Math.min(count, (long) pos + limit);
            if (from == 0 && pos == buf.length) {
                // Whoever has read everything is the only one who has it.
                return buf;
            }
            return Arrays.copyOfRange(buf, from, pos);
        }
    }
}
