package io.portask.http.websocket;

import io.portask.error.PortaskException;
import io.portask.net.testing.FakeConnection;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A session in memory whose listener sends back what it gets. */
final class EchoPeer implements WebSocketListener {
    static final WebSocketConfig CONFIG = new WebSocketConfig(16 << 20, 5_000);

    final FakeConnection connection = new FakeConnection();
    final WebSocketSession session;
    final List<String> events = new ArrayList<>();
    private boolean echoing = true;

    EchoPeer() {
        this(CONFIG);
    }

    EchoPeer(WebSocketConfig config) {
        session = new WebSocketSession(connection, config, opened -> this);
        connection.attach(session);
    }

    /** Messages are counted as events and not sent back. */
    EchoPeer silent() {
        echoing = false;
        return this;
    }

    void receive(byte[] bytes) {
        connection.receive(ByteBuffer.wrap(bytes));
    }

    /** What the session sent since the last call, a line for each frame. */
    List<String> sent() {
        return ClientFrames.lines(connection.takeWritten());
    }

    @Override
    public void onText(ByteBuffer utf8) {
        if (echoing) {
            session.sendText(utf8);
        } else {
            events.add("text");
        }
    }

    @Override
    public void onBinary(ByteBuffer bytes) {
        session.sendBinary(bytes);
    }

    @Override
    public void onWritable() {
        events.add("writable");
    }

    @Override
    public void onShutdown() {
        events.add("shutdown");
    }

    @Override
    public void onClosed(PortaskException reason) {
        events.add("closed " + reason.code());
    }
}
