package io.portask.store.log;

import io.portask.error.PortaskException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one owner has written and no force has covered yet, and who waits for that. Guarded by the owner's lock, but for
 * {@link #sync} and {@link #request}, which are called without it.
 *
 * <p>After a failed force nobody knows what the device holds: everything that waits then or later fails, and nothing is ever
 * forced again.
 */
final class GroupCommit implements Syncable {

    private final LogContext context;
    private final ReentrantLock lock;
    private final LongSupplier end;
    private final Function<Throwable, PortaskException> onFailure;
    private volatile long forced;

    private DirtyFiles dirty = new DirtyFiles();
    private List<PendingSync<?>> waiting = new ArrayList<>();
    private List<Runnable> whenForced = new ArrayList<>(0);
    private boolean urgentRequested;
    private boolean backgroundRequested;
    private @Nullable PortaskException failure;

    /**
     * @param end how far the owner has written, asked under the lock; all of it is forced already
     * @param onFailure told of a failed force, without the lock; says what those who wait get
     */
    GroupCommit(
            LogContext context, ReentrantLock lock, LongSupplier end, Function<Throwable, PortaskException> onFailure) {
        this.context = context;
        this.lock = lock;
        this.end = end;
        this.forced = end.getAsLong();
        this.onFailure = onFailure;
    }

    /** Notes a file that is about to be written, which stays open until it is forced. */
    void add(LogFile file) throws IOException {
        dirty.add(file);
    }

    /** Notes a directory in which a name has changed. */
    void addDirectory(Path directory) {
        dirty.addDirectory(directory);
    }

    /** A result that is true once all that was noted until now is forced. */
    <T> PendingSync<T> await(T result) {
        PendingSync<T> pending = new PendingSync<>(result);
        waiting.add(pending);
        return pending;
    }

    /** Runs on the syncer once all that was noted until now is forced; never if that fails. */
    void whenForced(Runnable task) {
        whenForced.add(task);
    }

    /** How far the owner had written when the last force began that succeeded. Any thread. */
    long forced() {
        return forced;
    }

    boolean isClean() {
        return dirty.isEmpty() && waiting.isEmpty() && failure == null;
    }

    /** Whether the owner, when it has let go of the lock, must call {@link #request}. */
    boolean mustRequest(boolean urgent) {
        boolean requested = urgent ? urgentRequested : backgroundRequested;
        urgentRequested |= urgent;
        backgroundRequested |= !urgent;
        return !requested;
    }

    void request(boolean urgent) {
        context.syncer().request(this, urgent);
    }

    @Override
    public void sync(boolean urgent) {
        DirtyFiles unforced;
        List<PendingSync<?>> acks;
        List<Runnable> tasks;
        PortaskException failed;
        long written;
        lock.lock();
        try {
            urgentRequested &= !urgent;
            backgroundRequested &= urgent;
            if (dirty.isEmpty() && waiting.isEmpty()) {
                return;
            }
            unforced = dirty;
            acks = waiting;
            tasks = whenForced;
            failed = failure;
            written = end.getAsLong();
            dirty = new DirtyFiles();
            waiting = new ArrayList<>();
            whenForced = new ArrayList<>(0);
        } finally {
            lock.unlock();
        }
        failed = force(unforced, failed);
        if (failed == null) {
            forced = written;
        }
        for (PendingSync<?> ack : acks) {
            ack.finish(failed);
        }
        if (failed == null) {
            tasks.forEach(Runnable::run);
        }
    }

    private @Nullable PortaskException force(DirtyFiles unforced, @Nullable PortaskException failedBefore) {
        if (failedBefore != null) {
            unforced.release();
            return failedBefore;
        }
        try {
            long begin = System.nanoTime();
            unforced.force(context.files().disk());
            context.syncTimer().record(System.nanoTime() - begin, TimeUnit.NANOSECONDS);
            return null;
        } catch (Throwable e) {
            PortaskException reason = onFailure.apply(e);
            lock.lock();
            try {
                failure = reason;
            } finally {
                lock.unlock();
            }
            return reason;
        } finally {
            unforced.release();
        }
    }
}
