package io.portask.http.live;

import com.sun.net.httpserver.Headers;
import io.portask.broker.Broker;
import io.portask.http.websocket.Handshake;
import io.portask.http.websocket.WebSocketSession;
import io.portask.net.Connection;
import java.net.URI;
import java.util.List;

/** The door {@code /ws}: makes of a request a session on the broker. Any thread; a session belongs to its connection's. */
public final class LiveUpgrade {
    public static final String SUBPROTOCOL = "portask.v1.json";

    private final Broker broker;
    private final LiveConfig config;
    private final Handshake handshake;

    public LiveUpgrade(Broker broker, LiveConfig config) {
        this.broker = broker;
        this.config = config;
        this.handshake = new Handshake(config.allowedOrigins(), List.of(SUBPROTOCOL));
    }

    /** Writes nothing; the session writes from the first bytes or events that it is given on. */
    public UpgradeAnswer upgrade(String method, URI uri, Headers request, Connection connection) {
        Handshake.Answer answer = handshake.answer(method, request);
        return new UpgradeAnswer(
                answer.status(), answer.headers(), answer.problem(), answer.isAccepted() ? session(connection) : null);
    }

    private WebSocketSession session(Connection connection) {
        return new WebSocketSession(connection, config.webSocket(), socket -> new LiveSession(broker, config, socket));
    }
}
