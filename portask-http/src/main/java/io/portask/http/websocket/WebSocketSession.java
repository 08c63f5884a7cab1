package io.portask.http.websocket;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import io.portask.net.SessionInfo;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection after its upgrade to WebSocket (RFC 6455): takes the bytes behind the handshake, hands whole messages to a
 * listener, answers pings, asks a silent peer once with a ping and closes at the next silence, closes by handshake. On the
 * connection's thread. While nothing is on its way it costs this object and its decoder, and no buffer.
 */
public final class WebSocketSession implements ProtocolSession, FrameSink {
    private enum State {
        OPEN,
        /** Close was said by us; what the peer says before its own is dropped. */
        CLOSING,
        CLOSED
    }

    private final Connection connection;
    private final WebSocketConfig config;
    private final FrameDecoder decoder;
    private final WebSocketListener listener;
    private State state = State.OPEN;
    private long framesIn;
    private long framesOut;

    /** The listener wants no messages for now. */
    private boolean paused;

    /** Bytes may be left that the owner shows again after a resume only. */
    private boolean stalled;

    private @Nullable PortaskException closeReason;
    private Connection.@Nullable Timer closeTimer;

    /** @param listener makes the listener of this session, which may write from its first call on */
    public WebSocketSession(
            Connection connection,
            WebSocketConfig config,
            Function<? super WebSocketSession, ? extends WebSocketListener> listener) {
        this.connection = connection;
        this.config = config;
        this.decoder = new FrameDecoder(config.maxMessageBytes());
        this.listener = listener.apply(this);
    }

    private void transitionTo(State next) {
        if (next.compareTo(state) <= 0) {
            throw new IllegalStateException("A session that is " + state + " cannot become " + next);
        }
        state = next;
    }

    public Connection connection() {
        return connection;
    }

    // Out

    /** Sends a message; the bytes are UTF-8. Dropped once a Close was sent. */
    public void sendText(ByteBuffer utf8) {
        send(Opcode.TEXT, utf8);
    }

    /** Sends a message. Dropped once a Close was sent. */
    public void sendBinary(ByteBuffer bytes) {
        send(Opcode.BINARY, bytes);
    }

    private void send(int opcode, ByteBuffer payload) {
        if (state == State.OPEN) {
            framesOut++;
            connection.write(FrameEncoder.header(opcode, payload.remaining()));
            connection.write(payload);
        }
    }

    /** Whether what nobody asked for should be sent now; else {@link WebSocketListener#onWritable()} tells when. */
    public boolean isWritable() {
        return state == State.OPEN && connection.isWritable();
    }

    /** Says Close and waits a bounded time for the peer's. The reason's text goes to the peer. */
    public void close(int code, PortaskException reason) {
        if (state != State.OPEN) {
            return;
        }
        sendClose(code, reason);
        transitionTo(State.CLOSING);
        closeReason = reason;
        closeTimer = connection.schedule(config.closeTimeoutMs(), () -> finish(reason));
        resumeReading();
    }

    private void sendClose(int code, PortaskException reason) {
        String text = reason.getMessage();
        send(Opcode.CLOSE, FrameEncoder.close(code, text == null ? "" : text));
    }

    /** Closes without waiting for the peer. */
    private void closeNow(int code, PortaskException reason) {
        sendClose(code, reason);
        finish(reason);
    }

    private void finish(PortaskException reason) {
        if (state != State.CLOSED) {
            release();
            connection.close(reason);
        }
    }

    private void release() {
        transitionTo(State.CLOSED);
        if (closeTimer != null) {
            closeTimer.cancel();
        }
    }

    // In

    /** No messages until {@link #resumeReading()}. */
    public void pauseReading() {
        if (state == State.OPEN) {
            paused = true;
        }
    }

    public void resumeReading() {
        paused = false;
        continueReading();
    }

    private void continueReading() {
        if (stalled && wantsMore()) {
            stalled = false;
            connection.resumeReading();
        }
    }

    @Override
    public int onBytes(ByteBuffer bytes) {
        int needed = decoder.decode(bytes, this);
        if (state == State.CLOSED) {
            bytes.position(bytes.limit());
            return 0;
        }
        if (!wantsMore()) {
            stalled = true;
            connection.pauseReading();
        }
        return needed;
    }

    @Override
    public boolean wantsMore() {
        return state != State.CLOSED && !paused && connection.isWritable();
    }

    @Override
    public void onMessage(boolean text, ByteBuffer payload) {
        if (state != State.OPEN) {
            return;
        }
        framesIn++;
        if (text) {
            listener.onText(payload);
        } else {
            listener.onBinary(payload);
        }
    }

    @Override
    public void onPing(ByteBuffer payload) {
        send(Opcode.PONG, payload);
    }

    @Override
    public void onPong(ByteBuffer payload) {
        // That something arrived is all that is asked of it, and the connection's owner has noticed.
    }

    @Override
    public void onClose(int code, String reason) {
        PortaskException ours = closeReason;
        if (ours != null) {
            finish(ours);
            return;
        }
        send(Opcode.CLOSE, FrameEncoder.close(code, reason));
        finish(new PortaskException(
                ErrorCode.CLOSED,
                "The peer closed the WebSocket with " + code + (reason.isEmpty() ? "" : ": " + reason)));
    }

    @Override
    public void onViolation(int code, String text) {
        ErrorCode error = code == CloseCode.MESSAGE_TOO_BIG ? ErrorCode.FRAME_TOO_LARGE : ErrorCode.INVALID_REQUEST;
        closeNow(code, new PortaskException(error, text));
    }

    // The owner's events

    @Override
    public void onWritable() {
        continueReading();
        if (isWritable()) {
            listener.onWritable();
        }
    }

    @Override
    public void onIdle(int silentPeriods) {
        if (state != State.OPEN) {
            return;
        }
        if (silentPeriods == 1) {
            send(Opcode.PING, ByteBuffer.allocate(0));
        } else {
            closeNow(
                    CloseCode.GOING_AWAY,
                    new PortaskException(
                            ErrorCode.IDLE_TIMEOUT,
                            "Nothing was heard from the client for " + silentPeriods + " idle timeouts"));
        }
    }

    @Override
    public SessionInfo info() {
        return new SessionInfo("", framesIn, framesOut, listener.subscriptionCount());
    }

    @Override
    public void onShutdown() {
        if (state == State.OPEN) {
            listener.onShutdown();
        }
    }

    @Override
    public void onClosed(PortaskException reason) {
        if (state != State.CLOSED) {
            release();
        }
        listener.onClosed(reason);
    }
}
