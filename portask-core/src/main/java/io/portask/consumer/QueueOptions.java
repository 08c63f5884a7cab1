package io.portask.consumer;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.group.Subscription;
import io.portask.queue.QueueConfig;
import io.portask.record.StartPosition;
import io.portask.record.TopicPattern;

/**
 * Which work queue to work on, and how. All workers of a group name the same topics and the same configuration.
 *
 * @param group the group's name
 * @param topics what to work on; the topics named without a wildcard are created if they are missing and the broker creates topics by itself. A
 *     wildcard does not stand for the dead-letter topics of the other topics
 * @param config how the group treats its messages
 * @param from where the group begins with a partition on which it never worked: {@code earliest} unless set, {@code latest} or a
 *     timestamp
 * @param window how many messages this worker holds at most, 1 or more; the configuration's bound holds too
 */
public record QueueOptions(String group, Subscription topics, QueueConfig config, StartPosition from, int window) {
    /**
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST}, naming the option and what is allowed; {@link ErrorCode#INVALID_TOPIC_NAME} where the
     *     dead-letter topic of a named topic cannot be
     */
    public QueueOptions {
        GroupOptions.check(!topics.patterns().isEmpty(), "topics is empty; a worker names at least one");
        GroupOptions.checkFrom(from);
        topics.patterns().stream()
                .filter(TopicPattern::isLiteral)
                .forEach(pattern -> config.deadLetterTopicOf(pattern.text()));
        GroupOptions.check(window >= 1, "window is " + window + "; allowed is 1 or more");
    }

    /** @param topics names and patterns, such as {@code orders.*} and {@code logs.>} */
    public static QueueOptions of(String group, String... topics) {
        QueueConfig config = QueueConfig.defaults();
        return new QueueOptions(group, Subscription.of(topics), config, StartPosition.earliest(), config.maxInFlight());
    }

    public QueueOptions config(QueueConfig treatment) {
        return new QueueOptions(group, topics, treatment, from, window);
    }

    public QueueOptions from(StartPosition position) {
        return new QueueOptions(group, topics, config, position, window);
    }

    public QueueOptions window(int messages) {
        return new QueueOptions(group, topics, config, from, messages);
    }
}
