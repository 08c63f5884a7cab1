package io.portask.broker;

import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.List;

/**
 * What the broker knows of one partition: how far it reaches, and which cursors wait at its end. Any thread. An append with
 * nobody waiting costs one volatile write and one volatile read.
 */
final class PartitionHub {
    private final TopicPartition partition;
    private final Object lock = new Object();
    private List<Cursor> waiting = new ArrayList<>(1);
    private volatile boolean anybodyWaiting;
    private volatile long endOffset;
    private boolean retired;

    PartitionHub(TopicPartition partition) {
        this.partition = partition;
    }

    TopicPartition partition() {
        return partition;
    }

    long endOffset() {
        return endOffset;
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
        if (offset <= endOffset) {
            return false;
        }
        synchronized (lock) {
            if (offset <= endOffset) {
                return false;
            }
            endOffset = offset;
            return true;
        }
    }

    private void wakeAll() {
        List<Cursor> woken;
        synchronized (lock) {
            if (waiting.isEmpty()) {
                return;
            }
            woken = waiting;
            waiting = new ArrayList<>(woken.size());
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
}
