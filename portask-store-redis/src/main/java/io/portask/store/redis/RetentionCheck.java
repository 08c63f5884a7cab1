package io.portask.store.redis;

import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what topics do not keep, a bounded piece at a time, so that Redis serves others between two. Any number of nodes may
 * do it at once. One thread.
 */
final class RetentionCheck {
    private static final Logger LOG = LoggerFactory.getLogger("io.portask.store");
    private static final int ENTRIES_AT_ONCE = 50;

    private final RedisTopics topics;
    private final PartitionCommands partitions;
    private final Clock clock;

    RetentionCheck(RedisTopics topics, PartitionCommands partitions, Clock clock) {
        this.topics = topics;
        this.partitions = partitions;
        this.clock = clock;
    }

    /** Blocks until done. A topic that fails is tried again the next time. */
    void run() {
        for (Map.Entry<String, TopicEntry> topic :
                RedisErrors.await(topics.allAndFinishOthers()).entrySet()) {
            if (topic.getValue().config().isLimited()) {
                for (int i = 0; i < topic.getValue().partitions(); i++) {
                    TopicPartition partition = new TopicPartition(topic.getKey(), i);
                    try {
                        enforce(topic.getValue(), partition);
                    } catch (PortaskException e) {
                        LOG.warn("What {} does not keep cannot be removed now", partition, e);
                    }
                }
            }
        }
    }

    private void enforce(TopicEntry topic, TopicPartition partition) {
        boolean more = true;
        while (more) {
            List<Object> found =
                    RedisErrors.await(partitions.expire(topic, partition, clock.millis(), ENTRIES_AT_ONCE));
            RedisErrors.await(partitions.trim(topic, partition, (Long) found.get(0)));
            more = (Long) found.get(1) == 1;
        }
    }
}
