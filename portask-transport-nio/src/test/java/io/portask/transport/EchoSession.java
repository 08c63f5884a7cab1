package io.portask.transport;

import io.portask.net.Connection;
import java.nio.ByteBuffer;

/** Frames of {@code F, u32 length, payload}, each sent back when it is whole. */
final class EchoSession extends TestSession {
    static final int HEADER_BYTES = 5;
    static final char FIRST_BYTE = 'F';

    EchoSession(Connection connection) {
        super(connection, EchoSession::echo);
    }

    static TestProtocol protocol() {
        return new TestProtocol("echo", FIRST_BYTE, EchoSession::new);
    }

    private static int echo(Connection connection, ByteBuffer bytes) {
        while (bytes.remaining() >= HEADER_BYTES) {
            int size = HEADER_BYTES + bytes.getInt(bytes.position() + 1);
            if (bytes.remaining() < size) {
                return size;
            }
            connection.write(bytes.slice(bytes.position(), size));
            bytes.position(bytes.position() + size);
        }
        return bytes.hasRemaining() ? HEADER_BYTES : 0;
    }
}
