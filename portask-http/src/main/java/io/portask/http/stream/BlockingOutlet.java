package io.portask.http.stream;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stream on a server that gives it a thread: that thread runs the stream's tasks, and waits in writes for a client that is
 * slow. Its own thread, but for {@link #execute}.
 */
final class BlockingOutlet implements Outlet, Executor {
    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private @Nullable OutputStream body;
    private @Nullable IOException broken;
    private boolean ended;

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    /** Runs the stream's tasks until it has ended or the client is gone. */
    void run(MessageStream stream, OutputStream to, Runnable begin, long heartbeatMs) throws IOException {
        body = to;
        begin.run();
        try {
            while (!ended && broken == null) {
                flush();
                Runnable task = tasks.poll(heartbeatMs, TimeUnit.MILLISECONDS);
                if (task == null) {
                    stream.heartbeat();
                } else {
                    task.run();
                }
            }
        } catch (InterruptedException e) {
            // The JDK's server has closed the connection with that.
            Thread.currentThread().interrupt();
        } finally {
            stream.onGone();
        }
        IOException failure = broken;
        if (failure != null) {
            throw failure;
        }
    }

    private void flush() {
        if (tasks.isEmpty()) {
            attempt(OutputStream::flush);
        }
    }

    @Override
    public void write(ByteBuffer part) {
        attempt(out -> out.write(part.array(), part.arrayOffset() + part.position(), part.remaining()));
    }

    private interface Attempt {
        void on(OutputStream out) throws IOException;
    }

    private void attempt(Attempt action) {
        OutputStream out = body;
        if (out != null && broken == null) {
            try {
                action.on(out);
            } catch (IOException e) {
                broken = e;
            }
        }
    }

    @Override
    public boolean isWritable() {
        return broken == null;
    }

    @Override
    public void end() {
        ended = true;
    }
}
