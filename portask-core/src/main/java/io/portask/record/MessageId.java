package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/** Where a message is: {@code topic:partition:offset}, for example {@code orders:0:42}. */
public record MessageId(String topic, int partition, long offset) {
    /**
     * The id that is written so by {@link #toString()}; other spellings of its numbers are refused.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} if the text is not an id, {@link
     *     ErrorCode#INVALID_TOPIC_NAME} if its topic cannot be one
     */
    public static MessageId parse(String text) {
        int last = text.lastIndexOf(':');
        int middle = last <= 0 ? -1 : text.lastIndexOf(':', last - 1);
        if (middle > 0) {
            try {
                int partition = Integer.parseInt(text, middle + 1, last, 10);
                long offset = Long.parseLong(text, last + 1, text.length(), 10);
                if (partition >= 0 && offset >= 0) {
                    MessageId id = new MessageId(TopicNames.check(text.substring(0, middle)), partition, offset);
                    if (id.toString().equals(text)) {
                        return id;
                    }
                }
            } catch (NumberFormatException e) {
                throw malformed(text);
            }
        }
        throw malformed(text);
    }

    private static PortaskException malformed(String text) {
        return new PortaskException(
                ErrorCode.INVALID_REQUEST,
                "A message id is topic:partition:offset, for example orders:0:42, not " + text);
    }

    @Override
    public String toString() {
        return topic + ":" + partition + ":" + offset;
    }
}
