package io.portask.transport;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tasks that any thread hands to a loop. The loop is woken only when it sleeps, and once however many tasks come: whoever
 * takes the sleeping flag wakes it. A loop sets the flag before its last look at the queue, an adder looks at the flag after
 * adding, so no task is slept over.
 */
final class TaskQueue {
    private static final Logger LOG = LoggerFactory.getLogger(TaskQueue.class);

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean sleeping = new AtomicBoolean();
    private final Runnable wakeup;

    TaskQueue(Runnable wakeup) {
        this.wakeup = wakeup;
    }

    /** Any thread. */
    void add(Runnable task) {
        tasks.add(task);
        wake();
    }

    /** Ends the loop's sleep, or keeps it from falling asleep. Any thread. */
    void wake() {
        if (sleeping.get() && sleeping.compareAndSet(true, false)) {
            wakeup.run();
        }
    }

    /** Says that the loop is about to block; false if it must not, because there are tasks. */
    boolean prepareToSleep() {
        sleeping.set(true);
        if (tasks.isEmpty()) {
            return true;
        }
        sleeping.set(false);
        return false;
    }

    void awake() {
        sleeping.set(false);
    }

    /** Runs at most {@code limit} tasks in the order in which they were added. */
    int run(int limit) {
        int count = 0;
        while (count < limit) {
            Runnable task = tasks.poll();
            if (task == null) {
                break;
            }
            count++;
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                LOG.error("A task of an event loop failed", e);
            }
        }
        return count;
    }
}
