package io.portask.consumer;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tasks that run one at a time, in the order in which they were posted, on the threads that drain it. Any thread. */
final class Mailbox {
    private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger drains = new AtomicInteger();

    /** Runs nothing; may be called with locks held. */
    void post(Runnable task) {
        tasks.add(task);
    }

    /** Runs what was posted, unless another thread, or a caller further up, is at it: that one goes on then. */
    void drain() {
        if (drains.getAndIncrement() != 0) {
            return;
        }
        int seen;
        do {
            seen = drains.get();
            Runnable task;
            while ((task = tasks.poll()) != null) {
                run(task);
            }
        } while (drains.addAndGet(-seen) > 0);
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            LOG.error("A member of a consumer group failed on being told something", e);
        }
    }
}
