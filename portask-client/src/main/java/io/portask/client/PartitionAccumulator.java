package io.portask.client;

import io.portask.record.Header;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the messages of one partition gather: a batch that is open, and full ones that wait for the loop. Guarded by one short
 * lock, under which nothing waits and no batch is encoded. Any thread.
 */
final class PartitionAccumulator {
    private final PartitionSender sender;
    private final BatchPool pool;
    private final ClientLoop loop;
    private final Runnable wakeSender;
    private final long lingerNs;
    private final Object lock = new Object();
    private final Deque<ProducerBatch> full = new ArrayDeque<>();
    private @Nullable ProducerBatch open;
    private long opened;
    private long flushUpTo;
    private boolean woken;
    private boolean closed;

    PartitionAccumulator(PartitionSender sender, BatchPool pool, ClientLoop loop, long lingerNs) {
        this.sender = sender;
        this.pool = pool;
        this.loop = loop;
        this.lingerNs = lingerNs;
        this.wakeSender = this::onWoken;
    }

    /**
     * Adds a message; waits for memory where it must.
     *
     * @param aloneBytes see {@link RecordSizes#alone}
     * @return whether it began a new batch
     * @throws io.portask.error.PortaskException if it was not taken
     */
    boolean append(
            long timestamp,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<Header> headers,
            long aloneBytes,
            @Nullable SendCallback callback) {
        synchronized (lock) {
            ProducerBatch current = open;
            if (current != null && current.fits(aloneBytes)) {
                current.append(timestamp, key, value, headers, callback);
                return false;
            }
        }
        ProducerBatch fresh = pool.acquire(aloneBytes);
        ProducerBatch finished;
        boolean wake;
        synchronized (lock) {
            ProducerBatch current = open;
            if (closed || (current != null && current.fits(aloneBytes))) {
                pool.giveBack(fresh);
                if (current == null || closed) {
                    throw ProducerCore.closed();
                }
                current.append(timestamp, key, value, headers, callback);
                return false;
            }
            finished = current;
            if (finished != null) {
                full.add(finished);
            }
            fresh.open(sender, ++opened, loop.nanoTime());
            fresh.append(timestamp, key, value, headers, callback);
            open = fresh;
            wake = finished == null && !woken;
            woken |= wake;
        }
        if (finished != null) {
            finished.seal();
            wakeSender();
        } else if (wake) {
            loop.execute(wakeSender);
        }
        return true;
    }

    private void wakeSender() {
        synchronized (lock) {
            if (woken) {
                return;
            }
            woken = true;
        }
        loop.execute(wakeSender);
    }

    private void onWoken() {
        synchronized (lock) {
            woken = false;
        }
        sender.pump();
    }

    /**
     * The next batch to be sent, sealed; null if there is none, or it should still gather.
     *
     * @param idle whether nothing of the partition is in flight
     */
    @Nullable
    ProducerBatch take(boolean idle, long nowNs) {
        ProducerBatch taken;
        synchronized (lock) {
            ProducerBatch first = full.peek();
            if (first != null) {
                return first.isSealed() ? full.poll() : null;
            }
            taken = open;
            if (taken == null || !isDue(taken, idle, nowNs)) {
                return null;
            }
            open = null;
        }
        taken.seal();
        return taken;
    }

    private boolean isDue(ProducerBatch batch, boolean idle, long nowNs) {
        return batch.ordinal() <= flushUpTo
                || (lingerNs == 0 ? idle : nowNs - batch.createdNs() >= lingerNs)
                || pool.isExhausted();
    }

    /** When the open batch stops to linger, as nanoseconds from now; negative if nothing lingers. */
    long lingersForNs(long nowNs) {
        synchronized (lock) {
            return lingerNs == 0 || open == null ? -1 : Math.max(0, open.createdNs() + lingerNs - nowNs);
        }
    }

    /** A batch that was begun before a moment and that nobody has taken; null if there is none. */
    @Nullable
    ProducerBatch takeOlderThan(long createdNs) {
        synchronized (lock) {
            ProducerBatch first = full.isEmpty() ? open : full.peek();
            if (first == null || first.createdNs() - createdNs > 0) {
                return null;
            }
            if (first == open) {
                open = null;
                return first;
            }
            return first.isSealed() ? full.poll() : null;
        }
    }

    /** Lets nothing linger that was added so far; returns the ordinal of its last batch. */
    long flush() {
        long last;
        synchronized (lock) {
            last = opened;
            flushUpTo = last;
        }
        wakeSender();
        return last;
    }

    /** Whether nothing is here that nobody has taken. */
    boolean isEmpty() {
        synchronized (lock) {
            return open == null && full.isEmpty();
        }
    }

    /** Takes nothing more. */
    void close() {
        synchronized (lock) {
            closed = true;
        }
    }
}
