package io.portask.http.host;

import io.portask.http.wire.ResponseEncoder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's face of a response's body: one writer at a time, on any thread. On the connection's own thread nothing waits; on a
 * thread of a blocking route's, a write waits until the client has taken enough of what was written before.
 */
final class ResponseBody extends OutputStream {
    private static final int BUFFER_BYTES = 8 << 10;

    private final HostedExchange exchange;
    private final ResponseOutput output;
    private final boolean mayWait;
    private @Nullable ResponseHead head;
    private byte @Nullable [] unsent;
    private byte[] buffer = {};
    private int buffered;
    private long written;
    private boolean closed;

    ResponseBody(HostedExchange exchange, ResponseOutput output, boolean mayWait) {
        this.exchange = exchange;
        this.output = output;
        this.mayWait = mayWait;
    }

    /** The head was written into the encoder. It leaves with the first bytes of the body if there are any to come. */
    void start(ResponseHead decided, ResponseEncoder encoder) {
        head = decided;
        if (decided.bodiless()) {
            closed = true;
            output.send(encoder, true);
        } else if (exchange.isOnLoop()) {
            output.send(encoder, false);
        } else {
            ByteBuffer bytes = encoder.take();
            unsent = new byte[bytes.remaining()];
            bytes.get(unsent);
        }
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        ResponseHead decided = head;
        if (decided == null) {
            throw new IOException("The body cannot be written before sendResponseHeaders");
        }
        output.checkOpen();
        if (closed) {
            if (length == 0 || exchange.getRequestMethod().equals("HEAD")) {
                return;
            }
            throw new IOException(decided.bodiless() ? "This response has no body" : "The body is closed");
        }
        if (decided.length() > 0) {
            writeFixed(decided, bytes, offset, length);
        } else {
            writeBuffered(bytes, offset, length);
        }
    }

    private void writeFixed(ResponseHead decided, byte[] bytes, int offset, int length) throws IOException {
        if (length > decided.length() - written) {
            throw new IOException("The body is longer than the " + decided.length() + " bytes that were announced");
        }
        for (int done = 0; done < length; ) {
            int count = mayWait ? Math.min(length - done, 4 * BUFFER_BYTES) : length - done;
            written += count;
            closed = written == decided.length();
            sendNow(ByteBuffer.wrap(bytes, offset + done, count), closed);
            done += count;
        }
    }

    private void writeBuffered(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            if (buffered == BUFFER_BYTES) {
                flush();
            }
            if (buffer.length == 0) {
                buffer = new byte[BUFFER_BYTES];
            }
            int count = Math.min(length - done, BUFFER_BYTES - buffered);
            System.arraycopy(bytes, offset + done, buffer, buffered, count);
            buffered += count;
            done += count;
        }
    }

    @Override
    public void flush() throws IOException {
        if (head != null && !closed && (buffered > 0 || unsent != null)) {
            ByteBuffer part = ByteBuffer.wrap(buffer, 0, buffered);
            buffered = 0;
            sendNow(part, false);
        }
    }

    private void sendNow(ByteBuffer part, boolean last) throws IOException {
        if (mayWait && !exchange.isOnLoop()) {
            output.awaitRoom();
        }
        boolean chunked = head != null && head.chunked();
        byte[] before = unsent;
        unsent = null;
        if (!chunked && before == null) {
            output.send(part, last);
            return;
        }
        ResponseEncoder encoder = ResponseEncoder.start();
        if (before != null) {
            encoder.body(ByteBuffer.wrap(before));
        }
        if (chunked) {
            if (part.hasRemaining()) {
                encoder.startChunk(part.remaining()).body(part).endChunk();
            }
            if (last) {
                encoder.lastChunk();
            }
        } else {
            encoder.body(part);
        }
        output.send(encoder, last);
    }

    @Override
    public void close() throws IOException {
        ResponseHead decided = head;
        if (closed || decided == null) {
            return;
        }
        if (decided.length() > 0) {
            closed = true;
            exchange.abort("The handler wrote " + written + " bytes of the " + decided.length() + " that it announced");
            throw new IOException("The body is shorter than the " + decided.length() + " bytes that were announced");
        }
        ByteBuffer rest = ByteBuffer.wrap(buffer, 0, buffered);
        buffered = 0;
        closed = true;
        sendNow(rest, true);
    }
}
