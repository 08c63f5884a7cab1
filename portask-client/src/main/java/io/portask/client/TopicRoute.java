package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.KeyPartitioner;
import io.portask.store.TopicSpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the messages of one topic go: the number of its partitions, once it is known, and their accumulators. Any thread;
 * finding one that exists takes no lock.
 */
final class TopicRoute {
    static final int UNKNOWN = 0;

    private final ProducerCore core;
    private final String topic;
    private volatile @Nullable PartitionAccumulator[] accumulators = new @Nullable PartitionAccumulator[0];
    private volatile int partitions = UNKNOWN;
    private volatile int sticky;

    TopicRoute(ProducerCore core, String topic) {
        this.core = core;
        this.topic = topic;
    }

    String topic() {
        return topic;
    }

    /** The number of partitions as the server last said; {@link #UNKNOWN} before that, or after it proved wrong. */
    int partitions() {
        return partitions;
    }

    void partitions(int count) {
        partitions = count;
    }

    /** The partition of a key; without a key the one that is in turn. The number of partitions is known. */
    int choose(byte @Nullable [] key, int count) {
        return key != null ? KeyPartitioner.partition(key, count) : sticky % count;
    }

    /** A batch was begun: messages without a key go on to the next partition, where they stay until one is begun there. */
    void rotate(int from) {
        sticky = from + 1;
    }

    PartitionAccumulator accumulator(int partition) {
        PartitionAccumulator[] known = accumulators;
        PartitionAccumulator found = partition >= 0 && partition < known.length ? known[partition] : null;
        return found != null ? found : create(partition);
    }

    private synchronized PartitionAccumulator create(int partition) {
        if (partition < 0 || partition >= TopicSpec.MAX_PARTITIONS) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_PARTITION,
                    "Partition " + partition + " cannot exist; partitions are 0 to " + (TopicSpec.MAX_PARTITIONS - 1));
        }
        PartitionAccumulator[] known = accumulators;
        PartitionAccumulator[] grown =
                partition < known.length ? known.clone() : Arrays.copyOf(known, Math.max(partition + 1, partitions));
        PartitionAccumulator found = grown[partition];
        if (found == null) {
            found = core.open(topic, partition);
            grown[partition] = found;
            accumulators = grown;
        }
        return found;
    }
}
