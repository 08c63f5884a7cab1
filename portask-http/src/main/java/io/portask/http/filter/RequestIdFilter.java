package io.portask.http.filter;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Gives each request an id: the client's if it sent a sane one, else a new one. The response carries it. Any thread. */
public final class RequestIdFilter extends Filter {
    public static final String FIELD = "X-Request-Id";

    /** The exchange's attribute with the id. */
    public static final String ATTRIBUTE = "io.portask.http.requestId";

    private static final int MAX_LENGTH = 128;

    private final Supplier<String> ids;

    public RequestIdFilter(Supplier<String> ids) {
        this.ids = ids;
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        String sent = exchange.getRequestHeaders().getFirst(FIELD);
        String id = sent != null && isSane(sent) ? sent : ids.get();
        exchange.setAttribute(ATTRIBUTE, id);
        exchange.getResponseHeaders().set(FIELD, id);
        chain.doFilter(exchange);
    }

    private static boolean isSane(String id) {
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean allowed = (c >= '0' && c <= '9')
                    || (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || c == '-'
                    || c == '_'
                    || c == '.';
            if (!allowed) {
                return false;
            }
        }
        return !id.isEmpty() && id.length() <= MAX_LENGTH;
    }

    /** The id of a request that went through this filter. */
    public static @Nullable String of(HttpExchange exchange) {
        return exchange.getAttribute(ATTRIBUTE) instanceof String id ? id : null;
    }

    @Override
    public String description() {
        return "request id";
    }
}
