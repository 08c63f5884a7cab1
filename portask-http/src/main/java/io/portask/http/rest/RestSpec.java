package io.portask.http.rest;

import io.micrometer.core.instrument.MeterRegistry;
import io.portask.broker.Broker;
import io.portask.http.admin.AdminControl;
import io.portask.http.admin.ServerState;
import io.portask.net.Connections;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the resources are made of. */
public record RestSpec(
        Broker broker,
        MeterRegistry meters,
        List<Connections> connections,
        Supplier<ServerState> state,
        @Nullable AdminControl admin,
        String version) {
    /** What a body has at most that is held whole, however large the broker's batches may be. */
    private static final int MAX_BODY_BYTES = 1 << 30;

    public RestRouter router() {
        TurnPublishes publishes = new TurnPublishes(broker);
        return new RestRouter(
                Stream.of(
                                new MessageOperations(broker, publishes).operations(),
                                new TopicOperations(broker).operations(),
                                new TopicMessageOperations(broker).operations(),
                                new ConsumerOperations(broker).operations(),
                                new GroupOperations(broker).operations(),
                                new OffsetOperations(broker).operations(),
                                new ConnectionOperations(connections, Clock.systemUTC()).operations(),
                                new AdminOperations(broker, admin).operations(),
                                new HealthOperations(broker, state, version).operations(),
                                new MetricsOperations(meters).operations(),
                                new OpenApiOperations().operations())
                        .flatMap(List::stream)
                        .toList(),
                (int) Math.min(4L * broker.config().maxBatchBytes(), MAX_BODY_BYTES),
                publishes);
    }
}
