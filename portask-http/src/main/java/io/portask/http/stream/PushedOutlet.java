package io.portask.http.stream;

import io.portask.broker.Cursor;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.ResponseStream;
import io.portask.http.exchange.StreamingExchange;
import io.portask.net.Connection;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A stream on Portask's own server, which holds no thread. On the connection's thread. */
final class PushedOutlet implements Outlet {
    private final MessageStream stream;
    private final Connection connection;
    private final ResponseStream response;
    private final long heartbeatMs;
    private Connection.@Nullable Timer timer;

    private PushedOutlet(MessageStream stream, Connection connection, ResponseStream response, long heartbeatMs) {
        this.stream = stream;
        this.connection = connection;
        this.response = response;
        this.heartbeatMs = heartbeatMs;
    }

    /** Starts the response, and follows until the client leaves, the topic ends or the server stops. */
    static void begin(MessageStream stream, List<Cursor> cursors, StreamingExchange exchange, long heartbeatMs) {
        ResponseStream response = exchange.startStream(200);
        PushedOutlet outlet = new PushedOutlet(stream, exchange.connection(), response, heartbeatMs);
        outlet.awaitHeartbeat();
        stream.begin(cursors, outlet);
        response.onWritable(stream::onWritable);
        exchange.onShutdown(() ->
                stream.end(new PortaskException(ErrorCode.SHUTTING_DOWN, "The server is shutting down; come again")));
    }

    private void awaitHeartbeat() {
        timer = connection.schedule(heartbeatMs, () -> {
            stream.heartbeat();
            awaitHeartbeat();
        });
    }

    @Override
    public void write(ByteBuffer part) {
        response.write(part);
    }

    @Override
    public boolean isWritable() {
        return response.isWritable();
    }

    @Override
    public void end() {
        if (timer != null) {
            timer.cancel();
        }
        response.close();
    }
}
