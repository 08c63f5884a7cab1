package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicNames;
import io.portask.record.TopicPartition;
import io.portask.store.TopicDescription;
import java.util.List;

/** Topics that are the broker's own: they can be read, and nobody else creates, changes or lists them. */
final class ReservedTopics {
    private ReservedTopics() {}

    /**
     * The topic, for somebody who is going to change it.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_TOPIC_NAME} for one that is reserved
     */
    static String checkOpen(String topic) {
        return TopicNames.checkNotReserved(topic);
    }

    /** As {@link #checkOpen(String)}. */
    static TopicPartition checkOpen(TopicPartition partition) {
        checkOpen(partition.topic());
        return partition;
    }

    static List<TopicDescription> visible(List<TopicDescription> topics) {
        return topics.stream().noneMatch(topic -> TopicNames.isReserved(topic.name()))
                ? topics
                : topics.stream()
                        .filter(topic -> !TopicNames.isReserved(topic.name()))
                        .toList();
    }
}
