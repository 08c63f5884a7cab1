package io.portask.store.log;

import io.portask.error.PortaskException;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The thread that removes what topics do not keep: every {@link CleaningConfig#retentionCheckMs} it looks at all partitions, one
 * after the other. What changes a partition's row of segments it has done by the {@link Housekeeper}, so that nothing but
 * appends happens to a partition at the same time. A round can be run by hand too.
 */
final class Cleaner {
    private final LogContext context;
    private final Supplier<Collection<LogTopic>> topics;
    private final RemovalMeters meters;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;

    /** Of one round at a time. */
    private final Map<LogPartition, PartitionCleaner> cleaners = new HashMap<>();

    private final CleaningPace pace;

    Cleaner(LogContext context, Supplier<Collection<LogTopic>> topics, RemovalMeters meters) {
        this.context = context;
        this.topics = topics;
        this.meters = meters;
        this.pace = new CleaningPace(
                new IoPace(context.config().cleaning().bytesPerSecond(), System::nanoTime, this::pause),
                () -> stopping.getCount() == 0);
        this.thread = new Thread(this::run, "portask-log-cleaner");
        this.thread.setDaemon(true);
    }

    void start() {
        if (context.config().cleaning().retentionCheckMs() != CleaningConfig.BY_HAND) {
            thread.start();
        }
    }

    private void run() {
        try {
            while (!stopping.await(context.config().cleaning().retentionCheckMs(), TimeUnit.MILLISECONDS)) {
                clean();
            }
        } catch (InterruptedException e) {
            Logs.STORE.warn("The cleaner was interrupted; nothing is removed until the store is opened again");
        }
    }

    /** Looks at every partition once. What fails is tried again by the next round. */
    synchronized void clean() {
        Set<LogPartition> present = new HashSet<>();
        for (LogTopic topic : topics.get()) {
            for (LogPartition partition : topic.partitions()) {
                if (stopping.getCount() == 0) {
                    return;
                }
                present.add(partition);
                try {
                    clean(topic, partition);
                } catch (IOException | RuntimeException e) {
                    report(partition, e);
                }
            }
        }
        cleaners.keySet().retainAll(present);
    }

    private void clean(LogTopic topic, LogPartition partition) throws IOException {
        cleaners.computeIfAbsent(partition, added -> new PartitionCleaner(added, context, pace, meters))
                .clean(topic.config());
    }

    private void pause(long nanos) {
        try {
            stopping.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void report(LogPartition partition, Exception e) {
        if (partition.isRetired() || stopping.getCount() == 0 || e instanceof RetiredFileException) {
            Logs.STORE.debug("Cleaning of {} ended", partition.name(), e);
        } else {
            Logs.STORE.warn("Cleaning of {} failed and will be tried again", partition.name(), PortaskException.of(e));
        }
    }

    /** Ends the round at the next partition, and a pause at once. Returns whether the thread ended in time. */
    boolean stop(long timeoutMs) {
        stopping.countDown();
        boolean interrupted = Thread.interrupted();
        try {
            thread.join(timeoutMs);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }
}
