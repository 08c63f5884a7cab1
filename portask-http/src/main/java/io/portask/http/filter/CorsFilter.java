package io.portask.http.filter;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.portask.http.access.OriginRule;
import io.portask.http.exchange.Problem;
import java.io.IOException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Lets pages of named origins call (Fetch standard, CORS protocol), without credentials, and answers their preflights. Any
 * thread.
 */
public final class CorsFilter extends Filter {
    private static final String MAX_AGE_SECONDS = "600";

    private final OriginRule origins;

    /** @param origins such as {@code https://app.example}; {@code *} stands for all */
    public CorsFilter(Collection<String> origins) {
        this.origins = new OriginRule(origins);
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        Headers request = exchange.getRequestHeaders();
        Headers response = exchange.getResponseHeaders();
        boolean all = origins.listsAll();
        if (!all) {
            response.add("Vary", "Origin");
        }
        boolean allowed = isAllowed(request.getFirst("Origin"));
        if (allowed) {
            response.set("Access-Control-Allow-Origin", all ? "*" : request.getFirst("Origin"));
        }
        if (exchange.getRequestMethod().equals("OPTIONS") && request.containsKey("Access-Control-Request-Method")) {
            preflight(exchange, allowed);
            return;
        }
        if (allowed) {
            response.set("Access-Control-Expose-Headers", RequestIdFilter.FIELD + ", Location, Retry-After");
        }
        chain.doFilter(exchange);
    }

    private boolean isAllowed(@Nullable String origin) {
        return origin != null && origins.lists(origin);
    }

    private static void preflight(HttpExchange exchange, boolean allowed) throws IOException {
        if (!allowed) {
            Problem.of(403, "Pages of this origin may not call; the server's corsOrigins has those that may")
                    .send(exchange);
            return;
        }
        Headers response = exchange.getResponseHeaders();
        response.set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
        response.set(
                "Access-Control-Allow-Headers",
                "Accept, Authorization, Content-Type, Last-Event-ID, " + RequestIdFilter.FIELD);
        response.set("Access-Control-Max-Age", MAX_AGE_SECONDS);
        exchange.sendResponseHeaders(204, -1);
        exchange.close();
    }

    @Override
    public String description() {
        return "CORS";
    }
}
