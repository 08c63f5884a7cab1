package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What belongs to a broker once and ends with it: one object a type, made when it is first wanted. Any thread. */
final class BrokerServices implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerServices.class);

    private final Map<Class<?>, AutoCloseable> services = new HashMap<>();
    private final Deque<AutoCloseable> newestFirst = new ArrayDeque<>();
    private boolean closed;

    synchronized <T extends AutoCloseable> T get(Class<T> type, Supplier<? extends T> factory) {
        AutoCloseable known = services.get(type);
        if (known != null) {
            return type.cast(known);
        }
        if (closed) {
            throw new PortaskException(ErrorCode.CLOSED, "The broker is closed");
        }
        T made = factory.get();
        services.put(type, made);
        newestFirst.push(made);
        return made;
    }

    @Override
    public void close() {
        Deque<AutoCloseable> ending;
        synchronized (this) {
            closed = true;
            ending = new ArrayDeque<>(newestFirst);
            newestFirst.clear();
        }
        for (AutoCloseable service : ending) {
            try {
                service.close();
            } catch (Exception e) {
                LOG.warn("{} did not close cleanly", service, e);
            }
        }
    }
}
