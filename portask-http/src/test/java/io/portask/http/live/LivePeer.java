package io.portask.http.live;

import com.sun.net.httpserver.Headers;
import io.portask.broker.Broker;
import io.portask.http.exchange.UpgradeAnswer;
import io.portask.net.ProtocolSession;
import io.portask.net.testing.FakeConnection;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A browser in memory: opens {@code /ws}, sends JSON, and takes a server's frames apart. */
final class LivePeer {
    final FakeConnection connection = new FakeConnection();
    private final ProtocolSession session;

    LivePeer(Broker broker, LiveConfig config) {
        Headers request = new Headers();
        request.set("Host", "localhost:8080");
        request.set("Upgrade", "websocket");
        request.set("Connection", "Upgrade");
        request.set("Sec-WebSocket-Version", "13");
        request.set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        request.set("Sec-WebSocket-Protocol", LiveUpgrade.SUBPROTOCOL);
        request.set("Origin", "http://localhost:8080");
        UpgradeAnswer answer = new LiveUpgrade(broker, config).answer("GET", URI.create("/ws"), request, connection);
        session = ((UpgradeAnswer.Accepted) answer).session().apply(connection);
        connection.attach(session);
    }

    /** Sends a text message in which {@code '} stands for {@code "}, and lets the session work. */
    void send(String json) {
        frame(0x81, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    /** The server stops. */
    void shutdown() {
        session.onShutdown();
        connection.runTasks();
    }

    void frame(int first, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(14 + payload.length).put((byte) first);
        if (payload.length <= 125) {
            frame.put((byte) (0x80 | payload.length));
        } else {
            frame.put((byte) 0xFE).putShort((short) payload.length);
        }
        frame.putInt(0).put(payload).flip();
        connection.receive(frame);
        connection.runTasks();
    }

    /** The messages that came since the last call, with {@code '} for {@code "}; a Close as {@code close CODE}. */
    List<String> received() {
        connection.runTasks();
        ByteBuffer sent = connection.takeWritten();
        List<String> messages = new ArrayList<>();
        while (sent.hasRemaining()) {
            int first = sent.get() & 0xFF;
            int second = sent.get() & 0xFF;
            long length = second == 126 ? sent.getShort() & 0xFFFF : second == 127 ? sent.getLong() : second;
            byte[] payload = new byte[(int) length];
            sent.get(payload);
            messages.add(
                    first == 0x88
                            ? "close " + ((payload[0] & 0xFF) << 8 | (payload[1] & 0xFF))
                            : new String(payload, StandardCharsets.UTF_8).replace('"', '\''));
        }
        return messages;
    }

    /** Sends, and returns the one answer. */
    String ask(String json) {
        send(json);
        List<String> answers = received();
        if (answers.size() != 1) {
            throw new AssertionError("not one answer: " + answers);
        }
        return answers.get(0);
    }
}
