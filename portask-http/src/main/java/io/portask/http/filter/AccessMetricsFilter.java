package io.portask.http.filter;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Counts and times requests, until the response is handed over whole; on other servers until the handler returns. Any thread.
 */
public final class AccessMetricsFilter extends Filter {
    private final RequestMeters meters;
    private final LongSupplier nanoClock;

    public AccessMetricsFilter(RequestMeters meters, LongSupplier nanoClock) {
        this.meters = meters;
        this.nanoClock = nanoClock;
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        long startNanos = nanoClock.getAsLong();
        Ends.run(exchange, chain, () -> record(exchange, startNanos));
    }

    private void record(HttpExchange exchange, long startNanos) {
        meters.record(
                exchange.getRequestMethod(),
                exchange.getHttpContext().getPath(),
                exchange.getResponseCode(),
                nanoClock.getAsLong() - startNanos);
    }

    @Override
    public String description() {
        return "access metrics";
    }
}
