package io.portask.http.exchange;

import com.sun.net.httpserver.HttpExchange;
import io.portask.net.Connection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What Portask's own server can do beyond {@link HttpExchange}: bodies without a thread. A handler asks {@link #of} and falls
 * back to the streams of the exchange where it finds none. A handler that returns without an answer gives it later, on
 * whatever thread, by either interface.
 */
public interface StreamingExchange {
    /** The exchange's extension; null on another server. Looks through filters that wrap exchanges. */
    static @Nullable StreamingExchange of(HttpExchange exchange) {
        HttpExchange current = exchange;
        while (current instanceof ForwardingExchange wrapper) {
            current = wrapper.delegate();
        }
        return current instanceof StreamingExchange streaming ? streaming : null;
    }

    /** For {@link Connection#execute}, {@link Connection#schedule} and the id; bytes are none of the handler's business. */
    Connection connection();

    /** Whether the calling thread is the connection's, which others wait for. Any thread. */
    boolean isOnLoop();

    /**
     * Has the body pushed instead of read from {@link HttpExchange#getRequestBody()}, for handlers that are registered as
     * streaming. Call within the handler; the first part comes after it has returned.
     */
    void receiveBody(RequestBodyConsumer consumer);

    /** Stops the pushing until {@link #resumeBody()}. Not counted. On the connection's thread. */
    void pauseBody();

    /** Any thread. */
    void resumeBody();

    /**
     * Starts a response whose length is not known, with the fields set so far. It is sent at once, and each part as it is
     * written. Any thread.
     */
    ResponseStream startStream(int status);

    /**
     * Tells how the exchange ended, once, on the connection's thread; at once if it has. Several may be told.
     *
     * @param outcome gets null when the whole response was handed to the connection, else why it was not
     */
    void onDone(Consumer<@Nullable Exception> outcome);

    /** Runs the task on the connection's thread when the server begins to stop: streams end themselves then. */
    void onShutdown(Runnable task);
}
