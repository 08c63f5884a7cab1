package io.portask.transport;

import io.portask.net.Connection;
import org.jspecify.annotations.Nullable;

/** A session's task that waits for its time; a link in the list of its connection's, so that they end with it. */
final class ScheduledTask implements Connection.Timer, LoopTimers.Task {
    private final NioConnection connection;
    private final LoopTimers timers;
    private final Runnable task;
    private final long timer;
    private boolean done;
    private @Nullable ScheduledTask previous;
    private @Nullable ScheduledTask next;

    /** Becomes the head of the list. */
    ScheduledTask(
            NioConnection connection, LoopTimers timers, long delayMs, Runnable task, @Nullable ScheduledTask head) {
        this.connection = connection;
        this.timers = timers;
        this.task = task;
        next = head;
        if (head != null) {
            head.previous = this;
        }
        timer = timers.schedule(delayMs, this);
    }

    @Override
    public void onTimer() {
        unlink();
        connection.run(task);
    }

    @Override
    public void cancel() {
        if (!done) {
            unlink();
            timers.cancel(timer);
        }
    }

    private void unlink() {
        done = true;
        if (previous == null) {
            connection.scheduled(next);
        } else {
            previous.next = next;
        }
        if (next != null) {
            next.previous = previous;
        }
    }
}
