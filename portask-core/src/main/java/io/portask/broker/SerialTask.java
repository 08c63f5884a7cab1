package io.portask.broker;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** A task that runs on an executor whenever it was asked to since its last run began, and never twice at once. */
final class SerialTask {
    private final Executor executor;
    private final Runnable task;
    private final AtomicInteger requests = new AtomicInteger();

    SerialTask(Executor executor, Runnable task) {
        this.executor = executor;
        this.task = task;
    }

    /** Any thread. */
    void schedule() {
        if (requests.getAndIncrement() == 0) {
            executor.execute(this::run);
        }
    }

    private void run() {
        int seen;
        do {
            seen = requests.get();
            task.run();
        } while (requests.addAndGet(-seen) > 0);
    }
}
