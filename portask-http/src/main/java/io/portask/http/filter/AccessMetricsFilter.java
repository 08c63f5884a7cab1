package io.portask.http.filter;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Counts and times requests by method, route and status, until the response is handed over whole; on other servers until the
 * handler returns. What got no response has the status {@code none}. Any thread.
 */
public final class AccessMetricsFilter extends Filter {
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private record Key(String method, String route, int status) {}

    private final MeterRegistry registry;
    private final LongSupplier nanoClock;
    private final Map<Key, Timer> timers = new ConcurrentHashMap<>();

    public AccessMetricsFilter(MeterRegistry registry, LongSupplier nanoClock) {
        this.registry = registry;
        this.nanoClock = nanoClock;
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        long startNanos = nanoClock.getAsLong();
        Ends.run(exchange, chain, () -> record(exchange, startNanos));
    }

    private void record(HttpExchange exchange, long startNanos) {
        // Methods that nobody knows share one meter, so that clients cannot make them grow.
        String method = METHODS.contains(exchange.getRequestMethod()) ? exchange.getRequestMethod() : "OTHER";
        Key key = new Key(method, exchange.getHttpContext().getPath(), exchange.getResponseCode());
        timers.computeIfAbsent(key, this::timer).record(nanoClock.getAsLong() - startNanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Key key) {
        return Timer.builder("portask.http.requests")
                .description("Requests over HTTP")
                .tag("method", key.method())
                .tag("route", key.route())
                .tag("status", key.status() < 0 ? "none" : Integer.toString(key.status()))
                .register(registry);
    }

    @Override
    public String description() {
        return "access metrics";
    }
}
