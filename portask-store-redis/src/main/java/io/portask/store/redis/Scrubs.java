package io.portask.store.redis;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.ScrubReport;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Scrubs one partition after the other, on a thread that is there only while there is something to scrub. Any thread. */
final class Scrubs implements AutoCloseable {
    private static final int MAX_WAITING = 10_000;

    private final ThreadPoolExecutor executor;

    Scrubs() {
        executor = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
            Thread thread = new Thread(task, "portask-redis-scrubber");
            thread.setDaemon(true);
            return thread;
        });
        executor.allowCoreThreadTimeOut(true);
    }

    CompletableFuture<ScrubReport> start(PartitionCommands partitions, TopicEntry topic, TopicPartition partition) {
        CompletableFuture<ScrubReport> report = new CompletableFuture<>();
        try {
            executor.execute(new Task(report, new PartitionScrub(partitions, topic, partition)));
        } catch (RejectedExecutionException e) {
            report.completeExceptionally(new PortaskException(
                    executor.isShutdown() ? ErrorCode.CLOSED : ErrorCode.OVERLOADED,
                    MAX_WAITING + " partitions wait to be scrubbed. Try again later",
                    e));
        }
        return report;
    }

    private record Task(CompletableFuture<ScrubReport> report, PartitionScrub scrub) implements Runnable {
        @Override
        public void run() {
            try {
                report.complete(scrub.run());
            } catch (RuntimeException e) {
                report.completeExceptionally(e);
            }
        }

        void refuse() {
            report.completeExceptionally(
                    new PortaskException(ErrorCode.CLOSED, "The store was closed before the scrub was through"));
        }
    }

    /** Refuses what waits; what runs ends with the connections. */
    @Override
    public void close() {
        for (Runnable task : executor.shutdownNow()) {
            ((Task) task).refuse();
        }
    }
}
