package io.portask.broker;

import io.portask.record.TopicPartition;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the broker knows of one partition: how far it reaches, and which cursors wait at its end. Any thread. An append with
 * nobody waiting takes no lock.
 */
final class PartitionHub {
    private final TopicPartition partition;
    private final AtomicLong endOffset = new AtomicLong();
    private final Object lock = new Object();
    private Set<Cursor> waiting = new LinkedHashSet<>();
    private volatile boolean anybodyWaiting;
    private volatile boolean retired;

    PartitionHub(TopicPartition partition) {
        this.partition = partition;
    }

    TopicPartition partition() {
        return partition;
    }

    long endOffset() {
        return endOffset.get();
    }

    /**
     * Takes notice of an end. Who raises it wakes whoever waits; a known end wakes nobody, so that reading at the end by one
     * does not disturb the others who wait there.
     */
    void onEndMoved(long offset) {
        if (raise(offset) && anybodyWaiting) {
            wakeAll();
        }
    }

    private boolean raise(long offset) {
        long known = endOffset.get();
        while (offset > known) {
            if (endOffset.compareAndSet(known, offset)) {
                return true;
            }
            known = endOffset.get();
        }
        return false;
    }

    private void wakeAll() {
        Set<Cursor> woken;
        synchronized (lock) {
            if (waiting.isEmpty()) {
                return;
            }
            woken = waiting;
            waiting = new LinkedHashSet<>();
            anybodyWaiting = false;
        }
        for (Cursor cursor : woken) {
            cursor.wake();
        }
    }

    /** The topic is gone: wakes whoever waits, and nobody waits any more. */
    void retire() {
        synchronized (lock) {
            retired = true;
        }
        wakeAll();
    }

    /** Whether the topic is gone. One of the same name has hubs of its own. */
    boolean isRetired() {
        return retired;
    }

    /** Whether the cursor now waits to be woken; false once the partition is gone. */
    boolean await(Cursor cursor) {
        synchronized (lock) {
            if (!retired) {
                waiting.add(cursor);
                anybodyWaiting = true;
            }
            return !retired;
        }
    }

    void forget(Cursor cursor) {
        synchronized (lock) {
            waiting.remove(cursor);
            anybodyWaiting = !waiting.isEmpty();
        }
    }

    /** How many cursors wait. */
    int waitingCount() {
        synchronized (lock) {
            return waiting.size();
        }
    }
}
