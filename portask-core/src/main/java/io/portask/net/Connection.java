package io.portask.net;

import io.portask.error.PortaskException;
import io.portask.io.ByteSource;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * A session's way to its peer. Everything is called on the connection's own thread, but for {@link #execute}, {@link #id}
 * and the addresses. After it was closed, writes are dropped (sources are closed) and nothing throws.
 */
public interface Connection {
    /** Unique among the connections of this process; never used again. */
    long id();

    SocketAddress remoteAddress();

    SocketAddress localAddress();

    /**
     * Queues a copy of the remaining bytes. It is sent when the current call into the session, or the current task,
     * returns: many small writes leave as one.
     */
    void write(ByteBuffer bytes);

    /** Queues bytes that are sent from where they are. The connection closes the source when they are sent or dropped. */
    void write(ByteSource bytes);

    /**
     * False from the moment when the outbound queue passes its high watermark until it has fallen to the low one; reading
     * is paused meanwhile. Replies may still be written, unasked data should wait for {@link
     * ProtocolSession#onWritable()}. A queue that outgrows its bound closes the connection.
     */
    boolean isWritable();

    /** Bytes written by the session and not yet taken by the peer's system. */
    long queuedBytes();

    /** Stops {@link ProtocolSession#onBytes} until {@link #resumeReading()}. Not counted: one resume undoes many pauses. */
    void pauseReading();

    void resumeReading();

    /**
     * Sends what is queued within a bounded time, then closes. The reason is for the log, the statistics and {@link
     * ProtocolSession#onClosed}; what the peer should know, the session has written before.
     */
    void close(PortaskException reason);

    /** Runs the task on this connection's thread, in the order of calls. Dropped once the connection is closed. Any thread. */
    void execute(Runnable task);

    /**
     * Runs the task on this connection's thread after a delay (10 ms resolution), unless it was cancelled or the
     * connection closed.
     */
    Timer schedule(long delayMs, Runnable task);

    /** A task that waits for its time. */
    interface Timer {
        /** Has no effect on a task that ran. Call on the connection's thread. */
        void cancel();
    }
}
