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

    private Round round = new Round();

    /** One that is through, to be used again. */
    private @Nullable Round spare;

    private boolean urgentRequested;
    private boolean backgroundRequested;
    private @Nullable PortaskException failure;

    /** What the next force must cover, and who waits for it. */
    private static final class Round {
        private static final int MOST_KEPT = 1024;

        final DirtyFiles dirty = new DirtyFiles();
        final List<PendingSync<?>> waiting = new ArrayList<>();
        final List<Runnable> whenForced = new ArrayList<>(0);

        boolean isEmpty() {
            return dirty.isEmpty() && waiting.isEmpty();
        }

        /** Forgets what is done with; false if that was so much that its memory should be let go. */
        boolean clear() {
            boolean small = waiting.size() <= MOST_KEPT && whenForced.size() <= MOST_KEPT;
            waiting.clear();
            whenForced.clear();
            return small;
        }
    }

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
        round.dirty.add(file);
    }

    /** Notes a directory in which a name has changed. */
    void addDirectory(Path directory) {
        round.dirty.addDirectory(directory);
    }

    /** A result that is true once all that was noted until now is forced. */
    <T> PendingSync<T> await(T result) {
        PendingSync<T> pending = new PendingSync<>(result);
        round.waiting.add(pending);
        return pending;
    }

    /** Runs on the syncer once all that was noted until now is forced; never if that fails. */
    void whenForced(Runnable task) {
        round.whenForced.add(task);
    }

    /** How far the owner had written when the last force began that succeeded. Any thread. */
    long forced() {
        return forced;
    }

    boolean isClean() {
        return round.isEmpty() && failure == null;
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
        Round due;
        PortaskException failed;
        long written;
        lock.lock();
        try {
            urgentRequested &= !urgent;
            backgroundRequested &= urgent;
            if (round.isEmpty()) {
                return;
            }
            due = round;
            round = spare == null ? new Round() : spare;
            spare = null;
            failed = failure;
            written = end.getAsLong();
        } finally {
            lock.unlock();
        }
        failed = force(due.dirty, failed);
        if (failed == null) {
            forced = written;
        }
        for (PendingSync<?> ack : due.waiting) {
            ack.finish(failed);
        }
        if (failed == null) {
            due.whenForced.forEach(Runnable::run);
        }
        if (due.clear()) {
            lock.lock();
            try {
                spare = due;
            } finally {
                lock.unlock();
            }
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
