package io.portask.http.live;

import com.sun.net.httpserver.Headers;
import io.portask.broker.Broker;
import io.portask.http.exchange.Problem;
import io.portask.http.exchange.UpgradeAnswer;
import io.portask.http.exchange.UpgradeHandler;
import io.portask.http.feed.PortionBudget;
import io.portask.http.websocket.Handshake;
import io.portask.http.websocket.WebSocketConfig;
import io.portask.http.websocket.WebSocketSession;
import io.portask.net.Connection;
import java.net.URI;
import java.util.List;

/** The door {@code /ws}: makes of a request a session on the broker. Any thread; a session belongs to its connection's. */
public final class LiveUpgrade implements UpgradeHandler {
    public static final String SUBPROTOCOL = "portask.v1.json";

    private final Broker broker;
    private final LiveConfig config;
    private final PortionBudget portions;
    private final WebSocketConfig webSocket;
    private final Handshake handshake;

    public LiveUpgrade(Broker broker, LiveConfig config) {
        this.broker = broker;
        this.config = config;
        this.portions = new PortionBudget(config.maxKeptBytes());
        this.webSocket = config.webSocket();
        this.handshake = new Handshake(List.of(SUBPROTOCOL));
    }

    @Override
    public UpgradeAnswer answer(String method, URI uri, Headers headers, Connection connection) {
        Handshake.Answer answer = handshake.answer(method, headers);
        String problem = answer.problem();
        return problem == null
                ? new UpgradeAnswer.Accepted(answer.headers(), this::session)
                : new UpgradeAnswer.Refused(Problem.of(answer.status(), problem), answer.headers());
    }

    private WebSocketSession session(Connection connection) {
        return new WebSocketSession(connection, webSocket, socket -> new LiveSession(broker, config, portions, socket));
    }
}
