package io.portask.http.filter;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Executor;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compresses a body when it is whole, a piece at a time, so that a thread that serves many connections gets to the others in
 * between. On one thread.
 */
final class PiecewiseGzip extends OutputStream {
    private static final Logger LOG = LoggerFactory.getLogger(PiecewiseGzip.class);
    private static final int PIECE_BYTES = 64 << 10;
    private static final int BUFFER_BYTES = 8 << 10;

    private final OutputStream target;
    private final Executor thread;
    private final Runnable onEnd;
    private final ByteArrayOutputStream collected;
    private boolean closed;
    private boolean ended;
    private @Nullable Gzip gzip;

    /**
     * @param thread runs tasks on the current thread, later
     * @param onEnd runs when all was written to the target, or could not be
     */
    PiecewiseGzip(OutputStream target, int length, Executor thread, Runnable onEnd) {
        this.target = target;
        this.thread = thread;
        this.onEnd = onEnd;
        this.collected = new ByteArrayOutputStream(length);
    }

    @Override
    public void write(int octet) {
        collected.write(octet);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        collected.write(bytes, offset, length);
    }

    /** Begins; the end comes later. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            gzip = new Gzip(target);
            compress(gzip, collected.toByteArray(), 0);
        } catch (IOException e) {
            LOG.debug("A compressed response could not be begun", e);
            onEnd.run();
        }
    }

    private void compress(Gzip begun, byte[] body, int from) {
        if (ended) {
            return;
        }
        int count = Math.min(PIECE_BYTES, body.length - from);
        try {
            begun.write(body, from, count);
            if (from + count < body.length) {
                thread.execute(() -> compress(begun, body, from + count));
                return;
            }
            begun.close();
        } catch (IOException e) {
            LOG.debug("A compressed response could not be ended", e);
        } catch (RuntimeException e) {
            LOG.error("A response could not be compressed", e);
        }
        end();
        onEnd.run();
    }

    /** Nobody waits for the rest. */
    void end() {
        ended = true;
        if (gzip != null) {
            gzip.end();
        }
    }

    /** One whose memory outside the heap can be given back before the whole is written. */
    private static final class Gzip extends GZIPOutputStream {
        Gzip(OutputStream target) throws IOException {
            super(target, BUFFER_BYTES);
        }

        void end() {
            def.end();
        }
    }
}
