package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/**
 * The one timer of a connection itself. What it means depends on the connection's state: recognition must be over, the peer may
 * be silent, or the close must be over. Bytes that arrive only leave their time behind; the timer looks at it when it fires, and
 * waits for the rest.
 */
final class ConnectionTimer implements LoopTimers.Task {
    private final NioConnection connection;
    private final EventLoop loop;
    private final LoopTimers timers;
    private long timer = LoopTimers.NONE;
    private long lastReadMs;
    private long lastWriteMs;
    private int silentPeriods;

    ConnectionTimer(NioConnection connection, EventLoop loop) {
        this.connection = connection;
        this.loop = loop;
        timers = loop.timers();
        lastReadMs = timers.nowMs();
        lastWriteMs = lastReadMs;
    }

    /** Fires after the delay and not before; never for 0. */
    void arm(long delayMs) {
        timers.cancel(timer);
        timer = delayMs == 0 ? LoopTimers.NONE : timers.schedule(delayMs, this);
    }

    /** Begins to watch for silence. */
    void watch() {
        noteInput();
        arm(periodMs());
    }

    /** Bytes arrived, or from now on they may again. */
    void noteInput() {
        lastReadMs = timers.nowMs();
        silentPeriods = 0;
    }

    void noteOutput() {
        lastWriteMs = timers.nowMs();
    }

    @Override
    public void onTimer() {
        timer = LoopTimers.NONE;
        switch (connection.state()) {
            case RECOGNIZING -> connection.close(unrecognized());
            case OPEN -> {
                long againMs = onSilence(timers.nowMs());
                if (connection.isOpen()) {
                    arm(againMs);
                }
            }
            default ->
                connection.abort(
                        new PortaskException(ErrorCode.SLOW_PEER, "The peer did not take what was left in time"));
        }
    }

    private PortaskException unrecognized() {
        return connection.info().bytesIn() == 0
                ? new PortaskException(ErrorCode.IDLE_TIMEOUT, "The peer sent nothing after it had connected")
                : loop.context().recognizer().unknown();
    }

    /** @return when to look again */
    private long onSilence(long nowMs) {
        if (connection.congested()) {
            long dueMs = Math.max(lastReadMs, lastWriteMs) + periodMs();
            if (nowMs < dueMs) {
                return dueMs - nowMs;
            }
            connection.abort(new PortaskException(
                    ErrorCode.SLOW_PEER,
                    "The peer has taken none of " + connection.queuedBytes() + " bytes for " + periodMs() + " ms"));
            return periodMs();
        }
        if (connection.paused()) {
            return periodMs();
        }
        long dueMs = lastReadMs + periodMs() * (silentPeriods + 1L);
        if (nowMs < dueMs) {
            return dueMs - nowMs;
        }
        silentPeriods++;
        connection.tellOfSilence(silentPeriods);
        return periodMs();
    }

    private long periodMs() {
        return loop.context().connection().idleTimeoutMs();
    }
}
