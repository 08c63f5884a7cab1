package io.portask.consumer;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The timer of all groups of a broker, or of its work queues: a daemon thread that is there only while the task has something to wait for. */
final class GroupThread implements GroupTimer {
    static final String NAME = "portask-groups";
    static final String QUEUES_NAME = "portask-queues";

    private static final Logger LOG = LoggerFactory.getLogger(GroupThread.class);
    private static final long PAUSE_AFTER_FAILURE_MS = 1_000;
    private static final long CLOSE_TIMEOUT_MS = 5_000;

    private final String name;
    private final LongSupplier task;
    private final Object lock = new Object();

    /** The last one that was started; it may have ended. */
    private @Nullable Thread thread;

    private boolean running;
    private boolean woken;
    private boolean closed;

    /** @param task says in how many milliseconds it wants to run next; below 0 for not before the next {@link #wake()} */
    GroupThread(String name, LongSupplier task) {
        this.name = name;
        this.task = task;
    }

    @Override
    public void wake() {
        synchronized (lock) {
            woken = true;
            if (running) {
                lock.notifyAll();
            } else if (!closed) {
                running = true;
                thread = new Thread(this::run, name);
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    private void run() {
        while (true) {
            synchronized (lock) {
                woken = false;
            }
            long delayMs = runTask();
            synchronized (lock) {
                if (!woken && delayMs < 0) {
                    running = false;
                    return;
                }
                if (!woken && delayMs > 0) {
                    pause(delayMs);
                }
            }
        }
    }

    private long runTask() {
        try {
            return task.getAsLong();
        } catch (Throwable e) {
            LOG.error("The thread {} failed; it goes on", name, e);
            return PAUSE_AFTER_FAILURE_MS;
        }
    }

    private void pause(long delayMs) {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(delayMs);
        try {
            long leftNs = deadlineNs - System.nanoTime();
            while (!woken && leftNs > 0) {
                TimeUnit.NANOSECONDS.timedWait(lock, leftNs);
                leftNs = deadlineNs - System.nanoTime();
            }
        } catch (InterruptedException e) {
            LOG.warn("Nobody should interrupt the thread of consumer groups; it goes on", e);
        }
    }

    @Override
    public void close() {
        Thread ending;
        synchronized (lock) {
            closed = true;
            ending = thread;
        }
        if (ending == null || ending == Thread.currentThread()) {
            return;
        }
        wake();
        try {
            ending.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
