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

    private final Map<String, AtomicLong> bytesByTopic = new ConcurrentHashMap<>();

    int choose(String topic, int partitions, int bytes) {
        long before =
                bytesByTopic.computeIfAbsent(topic, name -> new AtomicLong()).getAndAdd(Math.max(1, bytes));
        return (int) Math.floorMod(before / STICKY_BYTES, (long) partitions);
    }
}
