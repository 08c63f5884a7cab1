package io.portask.launcher;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;

/** One registry for all that a server process measures, the JVM and the process included. */
final class ServerMeters implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gc = new JvmGcMetrics();

    ServerMeters() {
        List.of(
                        new JvmMemoryMetrics(),
                        gc,
                        new JvmThreadMetrics(),
                        new ProcessorMetrics(),
                        new FileDescriptorMetrics(),
                        new UptimeMetrics())
                .forEach(binder -> binder.bindTo(registry));
    }

    MeterRegistry registry() {
        return registry;
    }

    /** For a listener, whose meters get its name: two of them must not share their gauges. */
    MeterRegistry listener(String name) {
        CompositeMeterRegistry named = new CompositeMeterRegistry();
        named.config().commonTags("listener", name);
        return named.add(registry);
    }

    /** For one attempt at a start: clearing it takes its meters out of what is reported. */
    CompositeMeterRegistry attempt() {
        return new CompositeMeterRegistry().add(registry);
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }
}
