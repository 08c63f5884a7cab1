package io.portask.store.log;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** The background threads of a store, run step by step by its test, so that a run is the same each time. */
final class ManualThreads {
    /** Shared by the thousands of stores of a test, which leaves most of them open as a crash does. */
    private static final BufferPool BUFFERS = new BufferPool(64 << 20);

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Syncer syncer = new ManualSyncer();
    private final Housekeeper housekeeper = new Housekeeper(new ManualExecutor());
    private boolean housekeeping;
    private boolean cleaning;
    private volatile boolean somebodyWaits;

    LogStore open(LogConfig config, Disk disk) {
        LogConfig manual = config.withCleaning(config.cleaning().withRetentionCheckMs(CleaningConfig.BY_HAND));
        LogStore store = new LogStore(manual, LogFixture.context(), disk, syncer, housekeeper, BUFFERS);
        store.start();
        return store;
    }

    void sync() {
        somebodyWaits = false;
        syncer.serveAll();
    }

    /** Runs what waits for the housekeeper. Its own waits for a force are served at once, so none of another may be left. */
    void keepHouse() {
        housekeeping = true;
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            if (!cleaning || somebodyWaits) {
                sync();
            }
            task.run();
        }
        housekeeping = false;
    }

    /**
     * A round of the cleaner. What it asks of the housekeeper is done at once, behind what waits there. Writes that nobody waits
     * for may stay unforced meanwhile.
     */
    void clean(LogStore store) {
        cleaning = true;
        store.clean();
        cleaning = false;
    }

    private final class ManualSyncer extends Syncer {
        ManualSyncer() {
            super(1);
        }

        @Override
        void start() {}

        @Override
        void request(Syncable syncable, boolean isUrgent) {
            super.request(syncable, isUrgent);
            if (housekeeping && isUrgent) {
                serveAll();
            } else {
                somebodyWaits = somebodyWaits || isUrgent;
            }
        }

        @Override
        boolean stop(long timeoutMs) {
            serveAll();
            return true;
        }
    }

    private final class ManualExecutor extends AbstractExecutorService {
        private boolean shutdown;

        @Override
        public void execute(Runnable task) {
            if (shutdown) {
                throw new RejectedExecutionException();
            }
            tasks.add(task);
            if (cleaning && !housekeeping) {
                keepHouse();
            }
        }

        @Override
        public void shutdown() {
            shutdown = true;
        }

        @Override
        public List<Runnable> shutdownNow() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isShutdown() {
            return shutdown;
        }

        @Override
        public boolean isTerminated() {
            return shutdown && tasks.isEmpty();
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            keepHouse();
            return true;
        }
    }
}
