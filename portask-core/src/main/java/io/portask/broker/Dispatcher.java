package io.portask.broker;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads on which listeners are called: one for each push subscription that has something to deliver, none while all are
 * quiet. They are daemons, named {@code portask-listener-N}, and end when the broker closes.
 */
final class Dispatcher implements Executor, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final int KEEP_ALIVE_SECONDS = 10;
    private static final int CLOSE_TIMEOUT_SECONDS = 5;

    private final AtomicInteger threads = new AtomicInteger();
    private final ThreadPoolExecutor pool;

    Dispatcher() {
        pool = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new ListenerThread(task, threads.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Knows whose it is, so that a listener which closes its broker does not wait for itself. */
    private final class ListenerThread extends Thread {
        ListenerThread(Runnable task, int number) {
            super(task, "portask-listener-" + number);
        }

        boolean isOf(Dispatcher other) {
            return Dispatcher.this == other;
        }
    }

    @Override
    public void execute(Runnable task) {
        try {
            pool.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("A delivery came after the broker was closed");
        }
    }

    /** Waits a bounded time for listeners that still run, then interrupts them; does not wait when called by a listener. */
    @Override
    public void close() {
        pool.shutdown();
        if (Thread.currentThread() instanceof ListenerThread listener && listener.isOf(this)) {
            return;
        }
        try {
            if (!pool.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                pool.shutdownNow();
                LOG.warn("A listener did not return within {} s of closing the broker", CLOSE_TIMEOUT_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
