package io.portask.record;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Sends each message of a topic to the partition after the one before, whatever its key. Any thread. */
public final class RoundRobinPartitioner implements Partitioner {
    private final Map<String, AtomicInteger> turns = new ConcurrentHashMap<>();

    @Override
    public int partition(String topic, byte @Nullable [] key, int partitions) {
        int turn = turns.computeIfAbsent(topic, name -> new AtomicInteger()).getAndIncrement();
        return Math.floorMod(turn, partitions);
    }
}
