package io.portask.http.exchange;

import java.nio.ByteBuffer;

/** The body of a response, pushed part by part without a thread. Any thread may call; calls of one thread keep their order. */
public interface ResponseStream extends AutoCloseable {
    /**
     * Queues a copy of the remaining bytes. Nothing blocks: who goes on while {@link #isWritable()} is false makes the
     * connection's queue grow until its bound, where the connection is closed. Does nothing once the stream ended.
     */
    void write(ByteBuffer part);

    /** False while the client takes less than was written. */
    boolean isWritable();

    /**
     * Runs the task on the connection's thread each time the stream becomes writable after it was not, and once when it is
     * set. Replaces the last one.
     */
    void onWritable(Runnable task);

    /** Ends the body. Has no effect the second time. */
    @Override
    void close();
}
