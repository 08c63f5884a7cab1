package io.portask.client;

import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The one thread that owns a client's connection, its requests and its subscriptions. {@link #execute}, {@link #nanoTime} and
 * {@link #isLoopThread} are for any thread, {@link #close()} for any but its own; the rest is for its own thread.
 */
interface ClientLoop extends AutoCloseable {
    /** Runs the task on the loop's thread, in the order of calls; dropped once the loop is closed. */
    void execute(Runnable task);

    Connection.Timer schedule(long delayMs, Runnable task);

    /**
     * Connects; the session is made, or the failure told, on the loop's thread.
     *
     * @param address perhaps unresolved
     */
    void connect(
            InetSocketAddress address,
            int timeoutMs,
            Function<Connection, ProtocolSession> session,
            Consumer<PortaskException> onFailure);

    boolean isLoopThread();

    long nanoTime();

    /** Ends the thread and closes what is open. Idempotent; bounded in time. */
    @Override
    void close();
}
