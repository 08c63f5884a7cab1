package io.portask.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.portask.http.host.HttpHost;
import io.portask.net.Connection;
import io.portask.net.ProtocolHandler;
import io.portask.net.ProtocolSession;
import java.nio.ByteBuffer;

/** Serves handlers over HTTP/1.1 and HTTP/1.0. Any number of connections, on any threads. */
public final class HttpProtocol implements ProtocolHandler {
    private static final int MAX_METHOD_BYTES = 32;

    private final HttpHost host;

    HttpProtocol(HttpHost host) {
        this.host = host;
    }

    public static HttpProtocolBuilder builder(HttpConfig config, MeterRegistry meters) {
        return new HttpProtocolBuilder(config, meters);
    }

    @Override
    public String name() {
        return "http";
    }

    /** A method and a space. What other protocols begin with has no such word, or something else behind it. */
    @Override
    public Recognition recognize(ByteBuffer firstBytes) {
        int known = Math.min(firstBytes.remaining(), MAX_METHOD_BYTES + 1);
        for (int i = 0; i < known; i++) {
            byte octet = firstBytes.get(firstBytes.position() + i);
            if (octet == ' ' && i > 0) {
                return Recognition.MINE;
            }
            if (octet != '-' && (octet < 'A' || octet > 'Z')) {
                return Recognition.NOT_MINE;
            }
        }
        return known > MAX_METHOD_BYTES ? Recognition.NOT_MINE : Recognition.UNDECIDED;
    }

    @Override
    public ProtocolSession open(Connection connection) {
        return host.open(connection);
    }
}
