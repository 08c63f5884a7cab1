package io.portask.http.rest;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import io.portask.store.TopicDescription;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The partitions that a request means which names a topic and perhaps one of its partitions. */
final class Partitions {
    private Partitions() {}

    /**
     * @param only null for all of them
     * @throws PortaskException {@link ErrorCode#UNKNOWN_PARTITION}
     */
    static List<TopicPartition> chosen(TopicDescription topic, @Nullable Integer only) {
        if (only != null && only >= topic.partitionCount()) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_PARTITION, "Topic '" + topic.name() + "' has no partition " + only);
        }
        return IntStream.range(0, topic.partitionCount())
                .filter(partition -> only == null || only == partition)
                .mapToObj(partition -> new TopicPartition(topic.name(), partition))
                .toList();
    }
}
