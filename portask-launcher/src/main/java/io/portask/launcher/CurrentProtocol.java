package io.portask.launcher;

import io.portask.net.Connection;
import io.portask.net.ProtocolHandler;
import io.portask.net.ProtocolSession;
import java.nio.ByteBuffer;

/** A protocol that can be replaced while its listener goes on: new connections get the current one. Any thread. */
final class CurrentProtocol implements ProtocolHandler {
    private volatile ProtocolHandler current;

    CurrentProtocol(ProtocolHandler first) {
        current = first;
    }

    void replace(ProtocolHandler next) {
        current = next;
    }

    @Override
    public String name() {
        return current.name();
    }

    @Override
    public Recognition recognize(ByteBuffer firstBytes) {
        return current.recognize(firstBytes);
    }

    @Override
    public ProtocolSession open(Connection connection) {
        return current.open(connection);
    }
}
