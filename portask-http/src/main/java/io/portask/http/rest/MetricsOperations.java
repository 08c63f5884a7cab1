package io.portask.http.rest;

import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.portask.http.exchange.StatusException;
import io.portask.http.json.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The registry's meters: as Prometheus text, as OpenMetrics or as JSON, whichever the client accepts. */
final class MetricsOperations {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final MeterRegistry registry;

    MetricsOperations(MeterRegistry registry) {
        this.registry = registry;
    }

    List<Operation> operations() {
        return List.of(Operation.of("GET", "/metrics", this::metrics));
    }

    private CompletionStage<RestAnswer> metrics(RestRequest request) {
        String accept = String.join(",", request.exchange().getRequestHeaders().getOrDefault("Accept", List.of()))
                .toLowerCase(Locale.ROOT);
        return CompletableFuture.completedFuture(
                accept.contains(RestAnswer.JSON) && !accept.contains("text/plain") ? json() : text(accept));
    }

    private RestAnswer text(String accept) {
        PrometheusMeterRegistry prometheus = prometheus(registry);
        if (prometheus == null) {
            throw new StatusException(
                    406, "No Prometheus registry was given to this server; ask for " + RestAnswer.JSON);
        }
        String type = accept.contains("application/openmetrics-text") ? OPEN_METRICS : PROMETHEUS;
        return RestAnswer.bytes(200, type, prometheus.scrape(type).getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable PrometheusMeterRegistry prometheus(MeterRegistry registry) {
        if (registry instanceof PrometheusMeterRegistry found) {
            return found;
        }
        if (registry instanceof CompositeMeterRegistry composite) {
            for (MeterRegistry part : composite.getRegistries()) {
                PrometheusMeterRegistry found = prometheus(part);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    private RestAnswer json() {
        return RestAnswer.object(200, json -> {
            json.name("meters").beginArray();
            registry.getMeters().stream()
                    .sorted(Comparator.comparing(meter -> meter.getId().getName()))
                    .forEach(meter -> write(json, meter));
            json.endArray();
        });
    }

    private static void write(JsonBuffer json, Meter meter) {
        Meter.Id id = meter.getId();
        json.beginObject();
        json.name("name").string(id.getName());
        json.name("type").string(id.getType().name().toLowerCase(Locale.ROOT));
        String unit = id.getBaseUnit();
        if (unit != null) {
            json.name("unit").string(unit);
        }
        json.name("tags").beginObject();
        id.getTags().forEach(tag -> json.name(tag.getKey()).string(tag.getValue()));
        json.endObject();
        for (Measurement measurement : meter.measure()) {
            json.name(measurement.getStatistic().getTagValueRepresentation());
            double value = measurement.getValue();
            if (Double.isFinite(value)) {
                json.number(value);
            } else {
                json.nullValue();
            }
        }
        json.endObject();
    }
}
