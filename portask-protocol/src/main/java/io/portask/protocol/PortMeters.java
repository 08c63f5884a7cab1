package io.portask.protocol;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.portask.error.ErrorCode;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Counts frames by type and direction, and errors by code. Any thread. */
final class PortMeters {
    private final MeterRegistry registry;
    private final Map<FrameType, Counter> received = new EnumMap<>(FrameType.class);
    private final Map<FrameType, Counter> sent = new EnumMap<>(FrameType.class);
    private final Map<ErrorCode, Counter> errors = new ConcurrentHashMap<>();

    PortMeters(MeterRegistry registry) {
        this.registry = registry;
        for (FrameType type : FrameType.values()) {
            received.put(type, frames("in", type));
            sent.put(type, frames("out", type));
        }
    }

    private Counter frames(String direction, FrameType type) {
        return Counter.builder("portask.port.frames")
                .description("PORT/1 frames")
                .tag("direction", direction)
                .tag("type", type.name().toLowerCase(Locale.ROOT))
                .register(registry);
    }

    void onReceived(FrameType type) {
        increment(received.get(type));
    }

    void onSent(FrameType type) {
        increment(sent.get(type));
    }

    void onError(ErrorCode code) {
        increment(errors.computeIfAbsent(code, this::errors));
    }

    private Counter errors(ErrorCode code) {
        return Counter.builder("portask.port.errors")
                .description("Errors told to PORT/1 peers")
                .tag("code", code.name())
                .register(registry);
    }

    private static void increment(@Nullable Counter counter) {
        if (counter != null) {
            counter.increment();
        }
    }
}
