package io.portask.transport;

import io.portask.net.Connection;
import io.portask.net.ProtocolHandler;
import io.portask.net.ProtocolSession;
import java.nio.ByteBuffer;
import java.util.function.Function;

/** A protocol whose connections begin with one given byte. */
record TestProtocol(String name, char firstByte, Function<Connection, ProtocolSession> opener)
        implements ProtocolHandler {
    @Override
    public Recognition recognize(ByteBuffer firstBytes) {
        return firstBytes.get(firstBytes.position()) == firstByte ? Recognition.MINE : Recognition.NOT_MINE;
    }

    @Override
    public ProtocolSession open(Connection connection) {
        return opener.apply(connection);
    }
}
