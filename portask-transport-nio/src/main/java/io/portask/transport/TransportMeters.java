package io.portask.transport;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.portask.error.ErrorCode;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a server or a connector reports. Each meter has the tag {@code side}, {@code server} or {@code client}, so that both can
 * share a registry. Any thread.
 */
final class TransportMeters implements AutoCloseable {
    /** The protocol of a connection before its first bytes were recognized. */
    static final String UNKNOWN = "unknown";

    private final MeterRegistry registry;
    private final String side;
    private final Map<String, OpenConnections> open = new ConcurrentHashMap<>();
    private final Map<ErrorCode, Counter> closed = new ConcurrentHashMap<>();
    private final Counter opened;
    private final Counter bytesIn;
    private final Counter bytesOut;
    private final Counter acceptFailures;

    TransportMeters(MeterRegistry registry, String side) {
        this.registry = registry;
        this.side = side;
        opened = counter("portask.connections.opened", "Connections accepted or made");
        bytesIn = counter("portask.network.bytes.in", "Bytes read from peers");
        bytesOut = counter("portask.network.bytes.out", "Bytes taken by the system for peers");
        acceptFailures = counter("portask.accept.failures", "Times when the system could not accept a connection");
    }

    void opened(String protocol) {
        opened.increment();
        open(protocol).count.incrementAndGet();
    }

    void recognized(String protocol) {
        open(UNKNOWN).count.decrementAndGet();
        open(protocol).count.incrementAndGet();
    }

    void closed(String protocol, ErrorCode reason) {
        open(protocol).count.decrementAndGet();
        countClosed(reason);
    }

    /** A connection that was closed as soon as it was accepted. */
    void refused(ErrorCode reason) {
        opened.increment();
        countClosed(reason);
    }

    void acceptFailed() {
        acceptFailures.increment();
    }

    void bytes(long in, long out) {
        if (in > 0) {
            bytesIn.increment((double) in);
        }
        if (out > 0) {
            bytesOut.increment((double) out);
        }
    }

    /** Takes the gauges out of the registry; counters stay. */
    @Override
    public void close() {
        open.values().forEach(each -> registry.remove(each.gauge));
    }

    private void countClosed(ErrorCode reason) {
        closed.computeIfAbsent(
                        reason,
                        code -> Counter.builder("portask.connections.closed")
                                .description("Connections closed")
                                .tag("side", side)
                                .tag("reason", code.name())
                                .register(registry))
                .increment();
    }

    private OpenConnections open(String protocol) {
        return open.computeIfAbsent(protocol, OpenConnections::new);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).tag("side", side).register(registry);
    }

    private final class OpenConnections {
        private final AtomicInteger count = new AtomicInteger();
        private final Gauge gauge;

        OpenConnections(String protocol) {
            gauge = Gauge.builder("portask.connections", count, AtomicInteger::get)
                    .description("Connections open now")
                    .tag("side", side)
                    .tag("protocol", protocol)
                    .register(registry);
        }
    }
}
