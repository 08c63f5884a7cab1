package io.portask.http.host;

import io.portask.net.Connection;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one thing that a session waits for, and until when. Setting it anew costs no timer: the one that runs looks at the time
 * when it fires, and waits for the rest. On the connection's thread.
 */
final class Deadline {
    enum Kind {
        NONE,
        /** The first byte of the next request. */
        KEEP_ALIVE,
        /** The rest of a head. */
        HEAD,
        /** The rest of a body. */
        BODY,
        /** The answer to a client that has ended its side. */
        ANSWER
    }

    private final Connection connection;
    private final LongSupplier nanoClock;
    private final Runnable onExpired;
    private Kind kind = Kind.NONE;
    private long dueMs;
    private long timerDueMs;
    private Connection.@Nullable Timer timer;

    Deadline(Connection connection, LongSupplier nanoClock, Runnable onExpired) {
        this.connection = connection;
        this.nanoClock = nanoClock;
        this.onExpired = onExpired;
    }

    Kind kind() {
        return kind;
    }

    void set(Kind next, int delayMs) {
        kind = next;
        dueMs = nowMs() + delayMs;
        if (timer != null && timerDueMs > dueMs) {
            timer.cancel();
            timer = null;
        }
        if (timer == null) {
            arm(delayMs);
        }
    }

    /** Waits for nothing. */
    void clear() {
        kind = Kind.NONE;
    }

    void stop() {
        clear();
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void arm(long delayMs) {
        timerDueMs = nowMs() + delayMs;
        timer = connection.schedule(delayMs, this::onTimer);
    }

    private void onTimer() {
        timer = null;
        if (kind == Kind.NONE) {
            return;
        }
        long restMs = dueMs - nowMs();
        if (restMs > 0) {
            arm(restMs);
        } else {
            onExpired.run();
        }
    }

    private long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong());
    }
}
