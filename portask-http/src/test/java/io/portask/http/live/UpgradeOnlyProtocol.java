package io.portask.http.live;

import com.sun.net.httpserver.Headers;
import io.portask.error.PortaskException;
import io.portask.net.Connection;
import io.portask.net.ProtocolHandler;
import io.portask.net.ProtocolSession;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** As much HTTP as a WebSocket client needs: one request, its answer, and the session that takes over. */
final class UpgradeOnlyProtocol implements ProtocolHandler {
    private final LiveUpgrade upgrade;

    UpgradeOnlyProtocol(LiveUpgrade upgrade) {
        this.upgrade = upgrade;
    }

    @Override
    public String name() {
        return "upgrade";
    }

    @Override
    public Recognition recognize(ByteBuffer firstBytes) {
        return Recognition.MINE;
    }

    @Override
    public ProtocolSession open(Connection connection) {
        return new Door(connection);
    }

    private final class Door implements ProtocolSession {
        private final Connection connection;
        private ProtocolSession session;

        Door(Connection connection) {
            this.connection = connection;
        }

        @Override
        public int onBytes(ByteBuffer bytes) {
            if (session != null) {
                return session.onBytes(bytes);
            }
            String head = StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString();
            int end = head.indexOf("\r\n\r\n");
            if (end < 0) {
                return head.length() + 1;
            }
            bytes.position(bytes.position() + end + 4);
            session = answer(head.substring(0, end).split("\r\n", -1)).session();
            return bytes.hasRemaining() ? session.onBytes(bytes) : 0;
        }

        private UpgradeAnswer answer(String[] lines) {
            Headers request = new Headers();
            for (int i = 1; i < lines.length; i++) {
                int colon = lines[i].indexOf(':');
                request.add(
                        lines[i].substring(0, colon),
                        lines[i].substring(colon + 1).trim());
            }
            String[] first = lines[0].split(" ", -1);
            UpgradeAnswer answer = upgrade.upgrade(first[0], URI.create(first[1]), request, connection);
            StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " x\r\n");
            answer.headers()
                    .forEach((name, values) -> values.forEach(value ->
                            head.append(name).append(": ").append(value).append("\r\n")));
            connection.write(ByteBuffer.wrap(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1)));
            return answer;
        }

        @Override
        public void onWritable() {
            session.onWritable();
        }

        @Override
        public void onIdle(int silentPeriods) {
            session.onIdle(silentPeriods);
        }

        @Override
        public void onShutdown() {
            session.onShutdown();
        }

        @Override
        public void onClosed(PortaskException reason) {
            if (session != null) {
                session.onClosed(reason);
            }
        }
    }
}
