package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The life of a server or a connector: its loops are started once and closed once. Any thread. */
final class LoopHost {
    private enum State {
        NEW,
        RUNNING,
        CLOSING,
        CLOSED
    }

    /** Makes the loops, or throws and leaves nothing open. */
    interface Opener {
        EventLoopGroup open() throws IOException;
    }

    private final String who;
    private final TransportMeters meters;
    private final CountDownLatch closed = new CountDownLatch(1);
    private State state = State.NEW;
    private @Nullable EventLoopGroup loops;

    LoopHost(String who, TransportMeters meters) {
        this.who = who;
        this.meters = meters;
    }

    /** Stays as it was if the opener throws. */
    synchronized void start(Opener opener) throws IOException {
        if (state == State.RUNNING) {
            throw new PortaskException(ErrorCode.UNSUPPORTED_OPERATION, who + " was started already");
        }
        if (state != State.NEW) {
            throw closedException();
        }
        EventLoopGroup group = opener.open();
        transitionTo(State.RUNNING, group);
        group.start();
    }

    /** The loops while they run. */
    synchronized EventLoopGroup running() {
        if (state == State.NEW) {
            throw new PortaskException(ErrorCode.UNSUPPORTED_OPERATION, who + " was not started");
        }
        if (state != State.RUNNING || loops == null) {
            throw closedException();
        }
        return loops;
    }

    /** Returns when all is closed; on a loop's own thread, closes in the background. */
    void close() {
        EventLoopGroup group;
        boolean first;
        synchronized (this) {
            group = loops;
            first = state == State.NEW || state == State.RUNNING;
            if (first) {
                transitionTo(State.CLOSING, group);
            }
        }
        boolean onLoop = group != null && group.isCurrentThread();
        if (!first) {
            if (!onLoop) {
                awaitClosed();
            }
        } else if (onLoop) {
            new Thread(() -> finish(group), "portask-close").start();
        } else {
            finish(group);
        }
    }

    private void finish(@Nullable EventLoopGroup group) {
        try {
            if (group != null) {
                group.close();
            }
        } finally {
            meters.close();
            synchronized (this) {
                transitionTo(State.CLOSED, null);
            }
            closed.countDown();
        }
    }

    private void awaitClosed() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void transitionTo(State next, @Nullable EventLoopGroup itsLoops) {
        if (next.compareTo(state) <= 0) {
            throw new IllegalStateException(state + " to " + next);
        }
        state = next;
        loops = itsLoops;
    }

    private PortaskException closedException() {
        return new PortaskException(ErrorCode.CLOSED, who + " was closed; create another one");
    }
}
