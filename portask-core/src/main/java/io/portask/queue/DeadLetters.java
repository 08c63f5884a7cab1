package io.portask.queue;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Header;
import io.portask.record.Message;
import io.portask.record.ReceivedMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters: copies of given-up messages, with the original key, value and headers, and behind them headers that say where the
 * message came from and why it is here. Their order is fixed:
 *
 * <pre>
 *   portask-dead-topic, portask-dead-partition, portask-dead-offset, portask-dead-timestamp (ms since 1970),
 *   portask-dead-group, portask-dead-attempts, portask-dead-reason (a {@link FailureReason}),
 *   portask-dead-content (copied, or removed: the original was deleted before it could be copied)
 * </pre>
 *
 * Only the last such headers count, so a dead letter of a dead-letter topic's own group keeps what it had.
 */
public final class DeadLetters {
    public static final String TOPIC = "portask-dead-topic";
    public static final String PARTITION = "portask-dead-partition";
    public static final String OFFSET = "portask-dead-offset";
    public static final String TIMESTAMP = "portask-dead-timestamp";
    public static final String GROUP = "portask-dead-group";
    public static final String ATTEMPTS = "portask-dead-attempts";
    public static final String REASON = "portask-dead-reason";
    public static final String CONTENT = "portask-dead-content";

    private static final String COPIED = "copied";
    private static final String REMOVED = "removed";
    private static final List<String> ADDED =
            List.of(TOPIC, PARTITION, OFFSET, TIMESTAMP, GROUP, ATTEMPTS, REASON, CONTENT);

    private DeadLetters() {}

    /**
     * The dead letter of a message.
     *
     * @param original null if it was deleted meanwhile; the dead letter then has headers only
     * @param timestamp of the dead letter, in ms since 1970
     */
    public static Message copy(
            DeadLetterIntent intent, @Nullable ReceivedMessage original, String deadLetterTopic, long timestamp) {
        List<Header> headers = new ArrayList<>(original == null ? List.of() : original.headers());
        QueueKey key = intent.key();
        add(headers, TOPIC, key.topic());
        add(headers, PARTITION, key.partition());
        add(headers, OFFSET, intent.offset());
        add(headers, TIMESTAMP, original == null ? "" : original.timestamp());
        add(headers, GROUP, key.group());
        add(headers, ATTEMPTS, intent.attempts());
        add(headers, REASON, intent.reason());
        add(headers, CONTENT, original == null ? REMOVED : COPIED);
        return new Message(
                deadLetterTopic,
                DeadLetterIntent.PARTITION,
                original == null ? null : original.key(),
                original == null ? null : original.value(),
                headers,
                timestamp);
    }

    /** What the headers of a dead letter say of it, by their names; of others what they have of these. */
    public static Map<String, String> facts(ReceivedMessage deadLetter) {
        Map<String, String> facts = new HashMap<>();
        for (Header header : deadLetter.headers()) {
            byte[] value = header.value();
            if (ADDED.contains(header.name()) && value != null) {
                facts.put(header.name(), new String(value, StandardCharsets.UTF_8));
            }
        }
        return facts;
    }

    /**
     * The message that a dead letter is a copy of, to be published again where it came from. Its timestamp is that of the
     * publish, so a delay and a time to live count anew.
     *
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST} if it is no dead letter, or one without its content
     */
    public static Message redrive(ReceivedMessage deadLetter) {
        List<Header> headers = deadLetter.headers();
        int added = headers.size() - ADDED.size();
        for (int i = 0; i < ADDED.size(); i++) {
            if (added < 0 || !headers.get(added + i).name().equals(ADDED.get(i))) {
                throw new PortaskException(ErrorCode.INVALID_REQUEST, deadLetter.id() + " is not a dead letter");
            }
        }
        if (!valueOf(headers, added, CONTENT).equals(COPIED)) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    deadLetter.id() + " has no content: its original was deleted before it could be copied");
        }
        return new Message(
                valueOf(headers, added, TOPIC),
                partition(deadLetter, valueOf(headers, added, PARTITION)),
                deadLetter.key(),
                deadLetter.value(),
                headers.subList(0, added),
                Message.NOW);
    }

    private static int partition(ReceivedMessage deadLetter, String text) {
        try {
            int partition = Integer.parseInt(text);
            if (partition >= 0) {
                return partition;
            }
        } catch (NumberFormatException e) {
            throw notAPartition(deadLetter, text);
        }
        throw notAPartition(deadLetter, text);
    }

    private static PortaskException notAPartition(ReceivedMessage deadLetter, String text) {
        return new PortaskException(
                ErrorCode.INVALID_REQUEST, "Header " + PARTITION + " of " + deadLetter.id() + " is " + text);
    }

    private static String valueOf(List<Header> headers, int added, String name) {
        byte[] value = headers.get(added + ADDED.indexOf(name)).value();
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }

    private static void add(List<Header> headers, String name, Object value) {
        headers.add(new Header(name, value.toString().getBytes(StandardCharsets.UTF_8)));
    }
}
