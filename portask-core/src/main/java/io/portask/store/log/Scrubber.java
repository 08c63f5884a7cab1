package io.portask.store.log;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.ScrubReport;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Scrubs one partition after the other, on a thread that is there only while there is something to scrub, at most {@value
 * #BYTES_PER_SECOND} bytes per second.
 */
final class Scrubber {
    static final long BYTES_PER_SECOND = 256L << 20;
    private static final int MAX_WAITING = 10_000;

    private final BufferPool buffers;
    private final Housekeeper worker;
    private volatile boolean stopping;

    Scrubber(BufferPool buffers) {
        this.buffers = buffers;
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, "portask-log-scrubber");
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        this.worker = new Housekeeper(executor);
    }

    CompletionStage<ScrubReport> scrub(LogPartition partition, Path directory) {
        return worker.submit("Scrubbing", directory, () -> {
            ScrubReport report =
                    new PartitionScrub(partition, buffers, new IoPace(BYTES_PER_SECOND), () -> stopping).run();
            if (report == null) {
                throw new PortaskException(ErrorCode.CLOSED, "The store was closed before the scrub was through");
            }
            return report;
        });
    }

    /** Ends what runs and refuses what waits. Returns whether the thread ended in time. */
    boolean stop(long timeoutMs) {
        stopping = true;
        return worker.stop(timeoutMs);
    }
}
