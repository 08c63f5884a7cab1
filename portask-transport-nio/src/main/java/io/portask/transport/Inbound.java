package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** The receiving side of one connection: a partial frame while there is one, and the pause. On the loop's thread. */
final class Inbound implements InboundReader.Receiver {
    private final NioConnection connection;
    private final EventLoop loop;
    private final SocketChannel channel;
    private @Nullable PartialFrame partial;
    private long bytesIn;
    private boolean paused;
    private boolean ended;

    Inbound(NioConnection connection, EventLoop loop, SocketChannel channel) {
        this.connection = connection;
        this.loop = loop;
        this.channel = channel;
    }

    /** Reads one burst: for the session, or, once the connection is closing, to forget it. */
    void read() throws IOException {
        int count =
                connection.isOpen() ? loop.reader().read(this) : loop.reader().drain(channel);
        ended = count == InboundReader.EOF;
    }

    /** Delivers what the session left while it was paused, if it is not any more. */
    void redeliver() {
        if (partial != null && partial.complete() && reading()) {
            loop.reader().redeliver(this);
        }
    }

    void release() {
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }

    void paused(boolean now) {
        paused = now;
    }

    boolean paused() {
        return paused;
    }

    /** Whether the peer has said that it sends nothing more. */
    boolean ended() {
        return ended;
    }

    long bytesIn() {
        return bytesIn;
    }

    @Override
    public SocketChannel channel() {
        return channel;
    }

    @Override
    public boolean reading() {
        return connection.isWritable() && !paused;
    }

    @Override
    public boolean closing() {
        return !connection.isOpen();
    }

    @Override
    public void onRead(int count) {
        bytesIn += count;
        loop.countIn(count);
        connection.timer().noteInput();
    }

    @Override
    public int deliver(ByteBuffer bytes) {
        return connection.deliver(bytes);
    }

    @Override
    public @Nullable PartialFrame partial() {
        return partial;
    }

    @Override
    public void partial(@Nullable PartialFrame frame) {
        partial = frame;
    }

    @Override
    public void onFrameTooLarge(long bytes) {
        connection.close(new PortaskException(
                ErrorCode.FRAME_TOO_LARGE,
                "The peer sends a frame of " + bytes + " bytes or more; maxFrameBytes is "
                        + loop.context().connection().maxFrameBytes()));
    }
}
