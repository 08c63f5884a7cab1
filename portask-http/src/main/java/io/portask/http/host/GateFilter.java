package io.portask.http.host;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import io.portask.http.exchange.UpgradeAnswer.Refused;
import java.io.IOException;

/** Answers what the {@link HttpHost.Gate} refused when the head was read. Stands before filters that wrap exchanges. Any thread. */
public final class GateFilter extends Filter {
    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        Refused refused = exchange instanceof HostedExchange hosted ? hosted.refusal() : null;
        if (refused == null) {
            chain.doFilter(exchange);
        } else {
            refused.send(exchange);
        }
    }

    @Override
    public String description() {
        return "access";
    }
}
