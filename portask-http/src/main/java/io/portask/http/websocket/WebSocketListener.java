package io.portask.http.websocket;

import io.portask.error.PortaskException;
import java.nio.ByteBuffer;

/** What lives on a {@link WebSocketSession}. Called on the connection's thread. */
public interface WebSocketListener {
    /** A text message in UTF-8, which was checked. The buffer is the listener's own and has an array. */
    void onText(ByteBuffer utf8);

    /** A binary message. The buffer is the listener's own and has an array. */
    void onBinary(ByteBuffer bytes);

    /** {@link WebSocketSession#isWritable()} is true again. */
    void onWritable();

    /** What the peer gets without asking again, for listings. */
    default int subscriptionCount() {
        return 0;
    }

    /** The owner wants to stop: finish what is in flight, then {@link WebSocketSession#close} with GOING_AWAY. */
    void onShutdown();

    /** The connection is gone; nothing more is called. Called exactly once. */
    void onClosed(PortaskException reason);
}
