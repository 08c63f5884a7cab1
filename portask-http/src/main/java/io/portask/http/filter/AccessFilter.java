package io.portask.http.filter;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import io.portask.http.access.AccessGuard;
import io.portask.http.exchange.UpgradeAnswer.Refused;
import java.io.IOException;

/** Lets only those in that an {@link AccessGuard} lets in; others get a problem. Any thread. */
public final class AccessFilter extends Filter {
    private final AccessGuard guard;

    public AccessFilter(AccessGuard guard) {
        this.guard = guard;
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        Refused refused =
                guard.refusal(exchange.getRequestURI(), exchange.getRequestHeaders(), exchange.getLocalAddress());
        if (refused == null) {
            chain.doFilter(exchange);
            return;
        }
        refused.send(exchange);
    }

    @Override
    public String description() {
        return "access";
    }
}
