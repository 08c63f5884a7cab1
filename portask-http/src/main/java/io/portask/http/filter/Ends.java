package io.portask.http.filter;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import io.portask.http.exchange.StreamingExchange;
import java.io.IOException;

/** When an exchange is over: on Portask's server perhaps long after its handler has returned. */
final class Ends {
    private Ends() {}

    /** Runs the rest of the chain, and the action once the exchange has ended. */
    static void run(HttpExchange exchange, Filter.Chain chain, Runnable action) throws IOException {
        StreamingExchange streaming = StreamingExchange.of(exchange);
        if (streaming != null) {
            streaming.onDone(outcome -> action.run());
            chain.doFilter(exchange);
            return;
        }
        try {
            chain.doFilter(exchange);
        } finally {
            action.run();
        }
    }
}
