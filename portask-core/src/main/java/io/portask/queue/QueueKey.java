package io.portask.queue;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicNames;

/** One queue group on one partition. Its text, {@code group/topic/partition}, is the key of its records in the journal. */
public record QueueKey(String group, String topic, int partition) {
    private static final int MAX_GROUP_LENGTH = 249;

    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST} or {@link ErrorCode#INVALID_TOPIC_NAME} */
    public QueueKey {
        if (group.isEmpty()
                || group.length() > MAX_GROUP_LENGTH
                || group.chars().anyMatch(Character::isISOControl)) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "A group's name has 1 to " + MAX_GROUP_LENGTH + " characters and no control characters");
        }
        TopicNames.check(topic);
        if (partition < 0) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, "Partition " + partition + " is below 0");
        }
    }

    /**
     * The key that {@link #toString()} writes so. The group may contain slashes, the topic cannot.
     *
     * @throws PortaskException {@link ErrorCode#CORRUPT_STORE} for any other text
     */
    public static QueueKey parse(String text) {
        int last = text.lastIndexOf('/');
        int middle = last <= 0 ? -1 : text.lastIndexOf('/', last - 1);
        if (middle > 0) {
            try {
                QueueKey key = new QueueKey(
                        text.substring(0, middle),
                        text.substring(middle + 1, last),
                        Integer.parseInt(text.substring(last + 1)));
                if (key.toString().equals(text)) {
                    return key;
                }
            } catch (NumberFormatException | PortaskException e) {
                throw malformed(text);
            }
        }
        throw malformed(text);
    }

    private static PortaskException malformed(String text) {
        return new PortaskException(
                ErrorCode.CORRUPT_STORE, "A key of the journal is group/topic/partition, not " + text);
    }

    @Override
    public String toString() {
        return group + "/" + topic + "/" + partition;
    }
}
