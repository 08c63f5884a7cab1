package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The thread for what is rare and slow: making, trimming and deleting topics, checkpoints, compaction of the committed
 * offsets. One task after the other.
 */
final class Housekeeper {
    private static final int MAX_TASKS = 10_000;

    private final ExecutorService executor;

    Housekeeper() {
        this(new ThreadPoolExecutor(1, 1, 0, TimeUnit.MILLISECONDS, new ArrayBlockingQueue<>(MAX_TASKS), task -> {
            Thread thread = new Thread(task, "portask-log-housekeeper");
            thread.setDaemon(true);
            return thread;
        }));
    }

    /** @param executor runs one task after the other and may refuse any */
    Housekeeper(ExecutorService executor) {
        this.executor = executor;
    }

    @FunctionalInterface
    interface Task<T> {
        @Nullable
        T run() throws IOException;
    }

    @FunctionalInterface
    interface Chore {
        void run() throws IOException;
    }

    /** Runs a task that nobody waits for and whose failure loses nothing but time. */
    void execute(String action, Path path, Chore chore) {
        try {
            executor.execute(() -> {
                try {
                    chore.run();
                } catch (IOException | RuntimeException e) {
                    Logs.STORE.warn("{} {} failed", action, path, e);
                }
            });
        } catch (RejectedExecutionException e) {
            Logs.STORE.debug("{} {} was left out", action, path);
        }
    }

    /** Runs a task that somebody waits for; {@code path} is what its IO errors are about. */
    <T> CompletionStage<T> submit(String action, Path path, Task<T> task) {
        CompletableFuture<T> stage = new CompletableFuture<>();
        try {
            executor.execute(() -> run(action, path, task, stage));
        } catch (RejectedExecutionException e) {
            stage.completeExceptionally(
                    executor.isShutdown()
                            ? new PortaskException(ErrorCode.CLOSED, "The store is closed")
                            : new PortaskException(
                                    ErrorCode.OVERLOADED,
                                    MAX_TASKS + " changes of topics wait already. Try again later"));
        }
        return stage;
    }

    /**
     * Runs a task and waits for it. Not for the housekeeper's own thread.
     *
     * @throws PortaskException for whatever the task failed with
     */
    <T> @Nullable T await(String action, Path path, Task<T> task) {
        try {
            return this.<T>submit(action, path, task).toCompletableFuture().join();
        } catch (CompletionException e) {
            throw PortaskException.of(e);
        }
    }

    private static <T> void run(String action, Path path, Task<T> task, CompletableFuture<T> stage) {
        @Nullable T result;
        try {
            result = task.run();
        } catch (IOException e) {
            stage.completeExceptionally(FileErrors.named(action, path, e));
            return;
        } catch (RuntimeException e) {
            stage.completeExceptionally(PortaskException.of(e));
            return;
        }
        stage.complete(result);
    }

    /** Runs what was submitted and ends the thread. Returns whether it ended in time. */
    boolean stop(long timeoutMs) {
        executor.shutdown();
        boolean interrupted = Thread.interrupted();
        try {
            return executor.awaitTermination(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
            return false;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
