package io.portask.protocol;

import io.portask.io.ByteSource;
import io.portask.net.Connection;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames to one connection, encrypted from the moment on when it was told so. Only on the connection's own thread,
 * where also it is made.
 */
public final class FrameWriter {
    private final Connection connection;
    private final FrameEncoder encoder = FrameEncoder.ofThread();
    private @Nullable FrameSealer sealer;
    private boolean compressed;

    public FrameWriter(Connection connection) {
        this.connection = connection;
    }

    /** Encrypts all frames from now on. */
    public void encryptWith(FrameSealer frameSealer) {
        sealer = frameSealer;
    }

    public boolean isEncrypting() {
        return sealer != null;
    }

    /** Starts a frame, whose payload the caller writes before it {@link #send sends} it. */
    public PayloadWriter begin(FrameType type, int flags, int correlationId) {
        compressed = FrameFlags.has(flags, FrameFlags.COMPRESSED);
        return encoder.begin(type, flags, correlationId);
    }

    public void send() {
        connection.write(encoder.end(sealer));
    }

    /** Sends the frame with these bytes as its payload's rest, from where they are if they need no change. Takes the source. */
    public void send(ByteSource rest) {
        if (sealer == null && !compressed && rest.size() > 0) {
            try {
                connection.write(encoder.endBefore(rest.buffer()));
            } catch (RuntimeException e) {
                rest.close();
                throw e;
            }
            connection.write(rest);
            return;
        }
        try (rest) {
            encoder.payload().bytes(rest.buffer());
        }
        send();
    }

    /** As {@link #send(ByteSource)} with a copy of the remaining bytes. */
    public void send(ByteBuffer rest) {
        encoder.payload().bytes(rest);
        send();
    }
}
