package io.portask.launcher;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns SIGTERM and SIGINT into a wish that a command obeys by coming to its end: the process then ends with exit code 0. If the
 * command is not closed in time, the process ends with exit code 1.
 */
final class GracefulStop implements AutoCloseable {
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Duration patience;
    private final Thread hook = new Thread(this::endProcess, "portask-shutdown");

    private GracefulStop(Duration patience) {
        this.patience = patience;
    }

    static GracefulStop onSignal(Duration patience) {
        GracefulStop stop = new GracefulStop(patience);
        Runtime.getRuntime().addShutdownHook(stop.hook);
        return stop;
    }

    /** As a signal does. */
    void ask() {
        asked.countDown();
        Thread watch = new Thread(
                () -> {
                    if (!endsInTime()) {
                        Runtime.getRuntime().halt(1);
                    }
                },
                "portask-stop-watch");
        watch.setDaemon(true);
        watch.start();
    }

    boolean isAsked() {
        return asked.getCount() == 0;
    }

    void await() throws InterruptedException {
        asked.await();
    }

    /** Waits at most this long; returns whether it was asked for. */
    boolean await(Duration atMost) throws InterruptedException {
        return asked.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** The exit code of a process that a signal ends is the signal's, unless it halts with one of its own. */
    private void endProcess() {
        asked.countDown();
        Runtime.getRuntime().halt(endsInTime() ? 0 : 1);
    }

    private boolean endsInTime() {
        try {
            return ended.await(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // A signal came: the hook runs, and waits for what follows.
        }
        ended.countDown();
    }
}
