package io.portask.http.host;

import io.portask.http.exchange.ResponseStream;
import io.portask.http.wire.ResponseEncoder;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The body of a response that is pushed; see {@link ResponseStream}. */
final class PushedResponse implements ResponseStream {
    private final HostedExchange exchange;
    private final ResponseOutput output;
    private final ResponseHead head;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable Runnable onWritable;
    /** Somebody was told that the stream is not writable. */
    private volatile boolean blocked;

    PushedResponse(HostedExchange exchange, ResponseOutput output, ResponseHead head) {
        this.exchange = exchange;
        this.output = output;
        this.head = head;
        closed.set(head.bodiless());
    }

    @Override
    public void write(ByteBuffer part) {
        if (closed.get() || !part.hasRemaining()) {
            part.position(part.limit());
        } else if (head.chunked()) {
            output.send(
                    ResponseEncoder.start()
                            .startChunk(part.remaining())
                            .body(part)
                            .endChunk(),
                    false);
        } else {
            output.send(part, false);
        }
    }

    @Override
    public boolean isWritable() {
        if (closed.get()) {
            return false;
        }
        if (!output.isWritable()) {
            blocked = true;
            // It may have become writable in between, with nobody to be told.
            return output.isWritable();
        }
        return true;
    }

    @Override
    public void onWritable(Runnable task) {
        exchange.connection().execute(() -> {
            onWritable = task;
            blocked = true;
            update();
        });
    }

    /** Something changed; on the connection's thread. */
    void update() {
        Runnable task = onWritable;
        if (blocked && task != null && !closed.get() && output.isWritable()) {
            blocked = false;
            task.run();
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            ResponseEncoder encoder = ResponseEncoder.start();
            output.send(head.chunked() ? encoder.lastChunk() : encoder, true);
        }
    }
}
