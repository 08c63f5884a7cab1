package io.portask.http;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.portask.error.ErrorCode;
import io.portask.http.admin.ServerState;
import io.portask.http.exchange.Problem;
import io.portask.http.exchange.UpgradeAnswer;
import io.portask.http.exchange.UpgradeHandler;
import java.io.IOException;
import java.util.function.Supplier;

/** Serves nothing but the health while the server starts, and keeps no connection from that time. Any thread. */
final class StartingFilter extends Filter {
    private static final Problem STARTING =
            new Problem(503, ErrorCode.STORE_UNAVAILABLE, "The server is starting; its store is not open yet.");

    private final Supplier<ServerState> state;

    StartingFilter(Supplier<ServerState> state) {
        this.state = state;
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        if (state.get() != ServerState.STARTING) {
            chain.doFilter(exchange);
            return;
        }
        exchange.getResponseHeaders().set("Connection", "close");
        if (exchange.getHttpContext().getPath().equals("/health")) {
            chain.doFilter(exchange);
        } else {
            STARTING.send(exchange);
        }
    }

    UpgradeHandler guarded(UpgradeHandler handler) {
        return (method, uri, headers, connection) -> state.get() == ServerState.STARTING
                ? new UpgradeAnswer.Refused(STARTING, close())
                : handler.answer(method, uri, headers, connection);
    }

    private static Headers close() {
        Headers headers = new Headers();
        headers.set("Connection", "close");
        return headers;
    }

    @Override
    public String description() {
        return "starting";
    }
}
