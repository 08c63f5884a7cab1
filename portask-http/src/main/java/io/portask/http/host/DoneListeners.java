package io.portask.http.host;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who wants to hear how an exchange ended. Added on any thread, told on the connection's. */
final class DoneListeners {
    private static final Logger LOG = LoggerFactory.getLogger(DoneListeners.class);

    private @Nullable List<Consumer<@Nullable Exception>> listeners;
    private boolean done;
    private @Nullable Exception outcome;

    void add(Consumer<@Nullable Exception> listener) {
        synchronized (this) {
            if (!done) {
                List<Consumer<@Nullable Exception>> known = listeners;
                if (known == null) {
                    known = new ArrayList<>(2);
                    listeners = known;
                }
                known.add(listener);
                return;
            }
        }
        tell(listener, outcome);
    }

    void done(@Nullable Exception how) {
        List<Consumer<@Nullable Exception>> told;
        synchronized (this) {
            if (done) {
                return;
            }
            done = true;
            outcome = how;
            told = listeners;
            listeners = null;
        }
        if (told != null) {
            told.forEach(each -> tell(each, how));
        }
    }

    private static void tell(Consumer<@Nullable Exception> listener, @Nullable Exception how) {
        try {
            listener.accept(how);
        } catch (RuntimeException e) {
            LOG.error("A listener for the end of an exchange failed", e);
        }
    }
}
