package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The bound of a producer's memory: lends batches with their buffers and takes them back. A message larger than a usual batch
 * gets a batch of its own, which passes alone where it is above the whole bound. Any thread.
 */
final class BatchPool {
    private final ProducerConfig config;
    private final ClientLoop loop;
    private final Runnable onExhausted;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition roomier = lock.newCondition();
    private final Deque<ProducerBatch> spare = new ArrayDeque<>();
    private long lent;
    private int waiters;
    private volatile boolean exhausted;
    private boolean closed;

    /** @param onExhausted run when somebody begins to wait: whatever can be sent should be */
    BatchPool(ProducerConfig config, ClientLoop loop, Runnable onExhausted) {
        this.config = config;
        this.loop = loop;
        this.onExhausted = onExhausted;
    }

    /**
     * An empty batch with room for so many bytes.
     *
     * @throws PortaskException OVERLOADED if there is no room and waiting is not wanted; TIMEOUT after waiting; INTERRUPTED;
     *     CLOSED
     */
    ProducerBatch acquire(long bytes) {
        int capacity = (int) Math.max(config.batchBytes(), bytes);
        long charge = ProducerBatch.charge(capacity, config.compression());
        lock.lock();
        try {
            if (!hasRoom(charge)) {
                await(charge);
            }
            if (closed) {
                throw new PortaskException(ErrorCode.CLOSED, "The producer is closed");
            }
            ProducerBatch found = capacity == config.batchBytes() ? spare.poll() : null;
            ProducerBatch acquired = found != null ? found : new ProducerBatch(capacity, config.compression());
            lent += charge;
            return acquired;
        } finally {
            lock.unlock();
        }
    }

    private boolean hasRoom(long charge) {
        return closed || lent == 0 || lent + charge <= config.bufferBytes();
    }

    private void await(long charge) {
        if (config.whenFull() == WhenFull.FAIL || loop.isLoopThread()) {
            throw new PortaskException(ErrorCode.OVERLOADED, full());
        }
        waiters++;
        exhausted = true;
        try {
            onExhausted.run();
            long left = TimeUnit.MILLISECONDS.toNanos(config.maxBlockMs());
            while (!hasRoom(charge)) {
                if (left <= 0) {
                    throw new PortaskException(
                            ErrorCode.TIMEOUT, full() + ", and did not get room within " + config.maxBlockMs() + " ms");
                }
                left = roomier.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            throw Blocking.interrupted(e);
        } finally {
            waiters--;
            exhausted = waiters > 0;
        }
    }

    private String full() {
        return "The producer's buffers are full: " + lent + " of " + config.bufferBytes()
                + " bytes (bufferBytes) wait to be acknowledged";
    }

    /** Whether somebody waits for room, so that nothing should linger. */
    boolean isExhausted() {
        return exhausted;
    }

    void giveBack(ProducerBatch batch) {
        lock.lock();
        try {
            lent -= batch.charge();
            if (!closed && batch.capacity() == config.batchBytes()) {
                spare.push(batch);
            } else {
                batch.free();
            }
            roomier.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            spare.forEach(ProducerBatch::free);
            spare.clear();
            roomier.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
