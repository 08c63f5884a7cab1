package io.portask.http;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.net.ProtocolSession;
import io.portask.net.testing.FakeConnection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A client in memory of a broker's REST resources, which takes the chunks of a response apart. */
final class StreamPeer {
    static final String EVENTS = "text/event-stream";
    static final String LINES = "application/x-ndjson";

    final FakeConnection connection = new FakeConnection();
    private final ProtocolSession session;
    private String head = "";
    private boolean ended;

    StreamPeer(Broker broker) {
        HttpProtocolBuilder http = HttpProtocol.builder(HttpConfig.defaults(), new SimpleMeterRegistry());
        session = RestApi.builder(broker).build().addTo(http).build().open(connection);
        connection.attach(session);
    }

    /** Asks for a stream; further fields end with a line end. */
    StreamPeer get(String pathAndQuery, String accept, String fields) {
        send("GET " + pathAndQuery + " HTTP/1.1\r\nHost: localhost\r\nAccept: " + accept + "\r\n" + fields + "\r\n");
        return this;
    }

    void send(String request) {
        connection.receive(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
        connection.runTasks();
    }

    void shutdown() {
        session.onShutdown();
        connection.runTasks();
    }

    /** The status line and the fields of the response, once something was received. */
    String head() {
        return head;
    }

    boolean ended() {
        return ended;
    }

    /** What of the body came since the last call, with {@code '} for {@code "}. */
    String received() {
        connection.runTasks();
        String text = StandardCharsets.UTF_8.decode(connection.takeWritten()).toString();
        if (text.startsWith("HTTP/1.1 ")) {
            int end = text.indexOf("\r\n\r\n") + 4;
            head = text.substring(0, end);
            text = text.substring(end);
        }
        if (!head.contains("chunked")) {
            return text.replace('"', '\'');
        }
        StringBuilder body = new StringBuilder();
        for (int at = 0; at < text.length(); ) {
            int line = text.indexOf("\r\n", at);
            int size = Integer.parseInt(text.substring(at, line), 16);
            body.append(text, line + 2, line + 2 + size);
            ended |= size == 0;
            at = line + 4 + size;
        }
        return body.toString().replace('"', '\'');
    }
}
