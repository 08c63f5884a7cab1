package io.portask.broker;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.AppendResult;
import io.portask.store.FetchResult;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The broker's meters, resolved once. {@code docs/METRICS.md} lists them. */
final class BrokerMeters {
    private final MeterRegistry registry;
    private final Counter publishedRecords;
    private final Counter publishedBytes;
    private final Counter publishDuplicates;
    private final Timer publishLatency;
    private final Counter fetches;
    private final Counter fetchedBytes;
    private final Timer fetchLatency;
    private final Counter delivered;
    private final Map<ErrorCode, Counter> errors = new EnumMap<>(ErrorCode.class);

    BrokerMeters(MeterRegistry registry) {
        this.registry = registry;
        publishedRecords = registry.counter("portask.publish.records");
        publishedBytes = registry.counter("portask.publish.bytes");
        publishDuplicates = registry.counter("portask.publish.duplicates");
        publishLatency = Timer.builder("portask.publish.latency")
                .publishPercentileHistogram()
                .register(registry);
        fetches = registry.counter("portask.fetch.requests");
        fetchedBytes = registry.counter("portask.fetch.bytes");
        fetchLatency = Timer.builder("portask.fetch.latency")
                .publishPercentileHistogram()
                .register(registry);
        delivered = registry.counter("portask.delivered.records");
        for (ErrorCode code : ErrorCode.values()) {
            errors.put(code, registry.counter("portask.errors", "code", code.name()));
        }
    }

    MeterRegistry registry() {
        return registry;
    }

    void onPublished(AppendResult result, int bytes, long startNs) {
        if (result.duplicate()) {
            publishDuplicates.increment();
        } else {
            publishedRecords.increment((double) (result.nextOffset() - result.baseOffset()));
            publishedBytes.increment(bytes);
        }
        publishLatency.record(System.nanoTime() - startNs, TimeUnit.NANOSECONDS);
    }

    void onFetched(FetchResult result, long startNs) {
        fetches.increment();
        fetchedBytes.increment(result.sizeInBytes());
        fetchLatency.record(System.nanoTime() - startNs, TimeUnit.NANOSECONDS);
    }

    void onDelivered(int records) {
        delivered.increment(records);
    }

    void onError(Throwable error) {
        Counter counter = errors.get(PortaskException.of(error).code());
        if (counter != null) {
            counter.increment();
        }
    }
}
