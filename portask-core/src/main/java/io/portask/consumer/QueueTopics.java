package io.portask.consumer;

import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a work queue is to work on, of the topics that there are. */
final class QueueTopics {
    private static final Logger LOG = LoggerFactory.getLogger(QueueTopics.class);

    private QueueTopics() {}

    /**
     * A wildcard does not stand for the topics where the group's dead letters go, nor for those whose dead letters could go nowhere.
     *
     * @param topics by name, and their numbers of partitions
     */
    static Set<TopicPartition> wanted(QueueOptions options, Map<String, Integer> topics) {
        Set<String> names = options.topics().resolve(topics.keySet());
        Set<String> deadLetters = new HashSet<>();
        Set<String> refused = new HashSet<>();
        for (String topic : names) {
            try {
                add(deadLetters, options.config().deadLetterTopicOf(topic));
            } catch (PortaskException e) {
                LOG.warn("Group '{}' does not work on topic '{}': {}", options.group(), topic, e.getMessage());
                refused.add(topic);
            }
        }
        options.topics().patterns().forEach(pattern -> deadLetters.remove(pattern.text()));
        names.removeAll(refused);
        names.removeAll(deadLetters);
        Set<TopicPartition> wanted = new HashSet<>();
        for (String topic : names) {
            for (int i = 0, count = topics.getOrDefault(topic, 0); i < count; i++) {
                wanted.add(new TopicPartition(topic, i));
            }
        }
        return wanted;
    }

    private static void add(Set<String> deadLetters, @Nullable String topic) {
        if (topic != null) {
            deadLetters.add(topic);
        }
    }
}
