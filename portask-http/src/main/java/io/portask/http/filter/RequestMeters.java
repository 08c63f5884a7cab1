package io.portask.http.filter;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The timers {@code portask.http.requests} by method, route and status. What got no response has the status {@code none}. Any thread. */
public final class RequestMeters {
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private record Key(String method, String route, int status) {}

    private final MeterRegistry registry;
    private final Map<Key, Timer> timers = new ConcurrentHashMap<>();

    public RequestMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** @param status below 0 for none */
    public void record(String method, String route, int status, long nanos) {
        // Methods that nobody knows share one meter, so that clients cannot make them grow.
        String known = METHODS.contains(method) ? method : "OTHER";
        timers.computeIfAbsent(new Key(known, route, status), this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Key key) {
        return Timer.builder("portask.http.requests")
                .description("Requests over HTTP")
                .tag("method", key.method())
                .tag("route", key.route())
                .tag("status", key.status() < 0 ? "none" : Integer.toString(key.status()))
                .register(registry);
    }
}
