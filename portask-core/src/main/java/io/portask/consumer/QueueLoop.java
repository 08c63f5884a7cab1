package io.portask.consumer;

import io.portask.error.PortaskException;
import java.time.Clock;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that the work queues of a broker belong to: runs what is posted, in order, and after it a turn of all that was touched or
 * is due. What it waits for is posted to it, so it never blocks. Any thread posts.
 */
final class QueueLoop implements AutoCloseable {
    /** When to try again what failed. */
    static final long RETRY_MS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(QueueLoop.class);
    private static final int MAX_TASKS = 10_000;

    private final Clock clock;
    private final GroupTimer timer;
    private final LongSupplier turn;
    private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile boolean closed;

    /**
     * @param timers makes the timer of a task that says in how many milliseconds it wants to run next
     * @param turn says in how many milliseconds it wants to run next, below 0 for not before something is posted
     */
    QueueLoop(Clock clock, Function<LongSupplier, GroupTimer> timers, LongSupplier turn) {
        this.clock = clock;
        this.turn = turn;
        this.timer = timers.apply(this::run);
    }

    /** Milliseconds since 1970. */
    long nowMs() {
        return clock.millis();
    }

    void post(Runnable task) {
        inbox.add(task);
        if (closed) {
            runTasks();
        } else if (!woken.get() && woken.compareAndSet(false, true)) {
            timer.wake();
        }
    }

    /** Has the answer, or the error, posted. */
    <T> void ask(
            CompletionStage<T> question, BiConsumer<? super @Nullable T, ? super @Nullable PortaskException> then) {
        question.whenComplete(
                (answer, error) -> post(() -> then.accept(answer, error == null ? null : PortaskException.of(error))));
    }

    private synchronized long run() {
        woken.set(false);
        runTasks();
        long delayMs = turn.getAsLong();
        return inbox.isEmpty() ? delayMs : 0;
    }

    private synchronized void runTasks() {
        for (int i = 0; i < MAX_TASKS; i++) {
            Runnable task = inbox.poll();
            if (task == null) {
                return;
            }
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("Something that a work queue was asked for failed; it goes on", e);
            }
        }
    }

    /** Lets the turns go on until they want no more, for a bounded time. What is posted afterwards runs at once. */
    @Override
    public void close() {
        timer.close();
        closed = true;
        runTasks();
    }
}
