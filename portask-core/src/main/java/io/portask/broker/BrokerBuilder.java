package io.portask.broker;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.MessageStore;
import io.portask.store.MessageStores;
import io.portask.store.StoreContext;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** Puts a {@link Broker} together. One thread. */
public final class BrokerBuilder {
    private @Nullable String storeUri;
    private @Nullable MessageStore store;
    private BrokerConfig config = BrokerConfig.defaults();
    private MeterRegistry meters = new CompositeMeterRegistry();
    private Clock clock = Clock.systemUTC();

    BrokerBuilder() {}

    /** The store by its URI: {@code memory:}, {@code file:/var/lib/portask}, or what another provider adds. */
    public BrokerBuilder store(String uri) {
        storeUri = uri;
        store = null;
        return this;
    }

    /** A store of one's own, not started yet; the broker starts and closes it. */
    public BrokerBuilder store(MessageStore instance) {
        store = instance;
        storeUri = null;
        return this;
    }

    public BrokerBuilder config(BrokerConfig brokerConfig) {
        config = brokerConfig;
        return this;
    }

    /** Where the meters go; without one they go nowhere. */
    public BrokerBuilder meterRegistry(MeterRegistry registry) {
        meters = registry;
        return this;
    }

    /** Gives messages without a timestamp theirs; the system's clock unless set. */
    public BrokerBuilder clock(Clock source) {
        clock = source;
        return this;
    }

    BrokerConfig config() {
        return config;
    }

    MeterRegistry meters() {
        return meters;
    }

    Clock clock() {
        return clock;
    }

    /**
     * A broker that is not started yet.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION} without a store, or for a URI nobody knows
     */
    public Broker build() {
        if (store != null) {
            return new Broker(this, store);
        }
        if (storeUri == null) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, "A broker needs a store; say for example store(\"file:./data\")");
        }
        return new Broker(this, MessageStores.create(storeUri, new StoreContext(meters, clock)));
    }
}
