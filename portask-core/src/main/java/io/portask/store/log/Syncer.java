package io.portask.store.log;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The thread that does group commit. Urgent requests, those that somebody waits for, are served at once: all that came
 * while the last round was busy share the next one. The others are served together when the oldest has waited for the
 * interval.
 */
class Syncer {
    private final long intervalNanos;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    private List<Syncable> urgent = new ArrayList<>();
    private List<Syncable> background = new ArrayList<>();
    private long backgroundDeadline;
    private boolean stopping;

    Syncer(int intervalMs) {
        this.intervalNanos = TimeUnit.MILLISECONDS.toNanos(intervalMs);
        this.thread = new Thread(this::run, "portask-log-syncer");
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Asks for one sync. The one who asks sees to it that it has at most one request of each kind here. */
    void request(Syncable syncable, boolean isUrgent) {
        lock.lock();
        try {
            List<Syncable> queue = isUrgent ? urgent : background;
            if (queue.isEmpty()) {
                if (!isUrgent) {
                    backgroundDeadline = System.nanoTime() + intervalNanos;
                }
                changed.signal();
            }
            queue.add(syncable);
        } finally {
            lock.unlock();
        }
    }

    /** Serves all requests a last time and ends the thread. Returns whether it ended in time. */
    boolean stop(long timeoutMs) {
        lock.lock();
        try {
            stopping = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
        boolean interrupted = Thread.interrupted();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        while (thread.isAlive()) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (leftMs <= 0) {
                break;
            }
            try {
                thread.join(leftMs);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    /** Serves all requests that are there, on the caller's thread. */
    final void serveAll() {
        List<Syncable> urgentRound;
        List<Syncable> backgroundRound;
        lock.lock();
        try {
            urgentRound = urgent;
            backgroundRound = background;
            urgent = new ArrayList<>();
            background = new ArrayList<>();
        } finally {
            lock.unlock();
        }
        serve(urgentRound, true);
        serve(backgroundRound, false);
    }

    private void run() {
        List<Syncable> urgentRound = new ArrayList<>();
        List<Syncable> backgroundRound = new ArrayList<>();
        boolean last = false;
        while (!last) {
            lock.lock();
            try {
                last = awaitWork();
                List<Syncable> served = urgentRound;
                urgentRound = urgent;
                urgent = served;
                if (last || isBackgroundDue()) {
                    served = backgroundRound;
                    backgroundRound = background;
                    background = served;
                }
            } finally {
                lock.unlock();
            }
            serve(urgentRound, true);
            serve(backgroundRound, false);
        }
    }

    private static void serve(List<Syncable> round, boolean isUrgent) {
        for (Syncable syncable : round) {
            syncable.sync(isUrgent);
        }
        round.clear();
    }

    /** Waits until there is something to do; true when it is the last time. */
    private boolean awaitWork() {
        while (!stopping && urgent.isEmpty() && !isBackgroundDue()) {
            try {
                if (background.isEmpty()) {
                    changed.await();
                } else {
                    changed.awaitNanos(backgroundDeadline - System.nanoTime());
                }
            } catch (InterruptedException e) {
                Logs.STORE.warn("The syncer was interrupted and goes on; only closing the store ends it");
            }
        }
        return stopping;
    }

    private boolean isBackgroundDue() {
        return !background.isEmpty() && backgroundDeadline - System.nanoTime() <= 0;
    }
}
