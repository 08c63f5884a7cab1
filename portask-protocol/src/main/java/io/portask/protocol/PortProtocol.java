package io.portask.protocol;

import io.micrometer.core.instrument.MeterRegistry;
import io.portask.broker.Broker;
import io.portask.net.Connection;
import io.portask.net.ProtocolHandler;
import io.portask.net.ProtocolSession;
import java.nio.ByteBuffer;

/** Serves a broker over PORT/1, as docs/PROTOCOL.md says. Any number of connections, on any threads. */
public final class PortProtocol implements ProtocolHandler {
    private final PortContext context;

    /** @throws io.portask.error.PortaskException if the frames that are allowed could not hold the broker's largest batch */
    public PortProtocol(Broker broker, PortConfig config, MeterRegistry meters) {
        this.context = PortContext.create(broker, config, new PortMeters(meters));
    }

    @Override
    public String name() {
        return "port";
    }

    @Override
    public Recognition recognize(ByteBuffer firstBytes) {
        int known = Math.min(firstBytes.remaining(), Integer.BYTES);
        for (int i = 0; i < known; i++) {
            byte expected = (byte) (FrameHeader.MAGIC >>> (24 - 8 * i));
            if (firstBytes.get(firstBytes.position() + i) != expected) {
                return Recognition.NOT_MINE;
            }
        }
        return known == Integer.BYTES ? Recognition.MINE : Recognition.UNDECIDED;
    }

    @Override
    public ProtocolSession open(Connection connection) {
        return new PortSession(context, connection);
    }
}
