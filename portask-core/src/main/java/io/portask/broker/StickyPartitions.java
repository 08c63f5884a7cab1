package io.portask.broker;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Chooses partitions for messages without a key: the same one until about 16 KiB went there, then the next, so that load
 * spreads and batches stay large. Any thread.
 */
final class StickyPartitions {
    static final int STICKY_BYTES = 16 * 1024;

    private static final int TURN_SHIFT = Integer.SIZE;

    /** By topic: whose turn it is in the upper half, the bytes of this turn in the lower one. */
    private final Map<String, AtomicLong> turns = new ConcurrentHashMap<>();

    /** The partition that the next message without a key goes to. */
    int choose(String topic, int partitions) {
        return (int) ((turn(topic).get() >>> TURN_SHIFT) % partitions);
    }

    /** Counts what goes to the chosen partition. */
    void add(String topic, int bytes) {
        turn(topic).getAndUpdate(state -> {
            long sent = (int) state + (long) bytes;
            long turn = state >>> TURN_SHIFT;
            return sent < STICKY_BYTES ? turn << TURN_SHIFT | sent : (turn + 1) << TURN_SHIFT;
        });
    }

    void forget(String topic) {
        turns.remove(topic);
    }

    private AtomicLong turn(String topic) {
        return turns.computeIfAbsent(topic, name -> new AtomicLong());
    }
}
