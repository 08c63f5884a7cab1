package io.portask.http.exchange;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import java.io.IOException;
import java.util.function.Function;

/** What becomes of a request for an upgrade. */
public sealed interface UpgradeAnswer {
    /**
     * The connection goes on as HTTP.
     *
     * @param headers further fields of the response
     */
    record Refused(Problem problem, Headers headers) implements UpgradeAnswer {
        /** Answers with it. */
        public void send(HttpExchange exchange) throws IOException {
            exchange.getResponseHeaders().putAll(headers);
            problem.send(exchange);
        }
    }

    /**
     * The connection speaks another protocol from here on.
     *
     * @param headers the fields of the {@code 101} response, {@code Upgrade} among them; {@code Connection} is added
     * @param session is called when the response was written, on the connection's thread; its session gets all bytes
     *     that follow the request, and all events
     */
    record Accepted(Headers headers, Function<? super Connection, ? extends ProtocolSession> session)
            implements UpgradeAnswer {}
}
