package io.portask.http.json;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Durability;
import io.portask.record.Message;
import io.portask.record.TopicNames;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the fields of a {@link PublishRequest}, in whatever order they come. */
public final class PublishFields implements JsonInput.FieldReader {
    /** More than this in one request is refused, for each takes far more memory than its text. */
    static final int MAX_MESSAGES = 10_000;

    private final MessageFields single = new MessageFields();
    private @Nullable String topic;
    private @Nullable Durability durability;
    private @Nullable List<MessageFields> many;

    @Override
    public boolean read(JsonInput in, String name) {
        switch (name) {
            case "topic" -> topic = TopicNames.check(in.string());
            case "ack" -> durability = durability(in);
            case "messages" -> many = messages(in);
            default -> {
                return single.read(in, name);
            }
        }
        return true;
    }

    private static Durability durability(JsonInput in) {
        Durability named = DurabilityWords.durability(in.string());
        if (named == null) {
            throw in.refused("must be none, written or synced");
        }
        return named;
    }

    private static List<MessageFields> messages(JsonInput in) {
        List<MessageFields> read = new ArrayList<>();
        in.array(() -> {
            if (read.size() == MAX_MESSAGES) {
                throw in.refused("is one too many; a request has up to " + MAX_MESSAGES + " messages");
            }
            MessageFields fields = new MessageFields();
            in.object(fields);
            read.add(fields);
        });
        return read;
    }

    /** @throws PortaskException INVALID_REQUEST if it is missing */
    public String topic() {
        String known = topic;
        if (known == null) {
            throw invalid("Field /topic is missing");
        }
        return known;
    }

    /** {@link Message#ANY_PARTITION} unless it stands beside the topic. */
    public int partition() {
        return single.partition();
    }

    /** @throws PortaskException INVALID_REQUEST if something is missing or does not fit together */
    public PublishRequest toRequest() {
        String to = topic();
        List<MessageFields> array = many;
        if (array == null) {
            return new PublishRequest(List.of(single.toMessage(to, "The message")), durability, true);
        }
        if (single.any() || array.isEmpty()) {
            throw invalid("Either messages has at least one, or the message's fields stand beside topic");
        }
        List<Message> messages = new ArrayList<>(array.size());
        for (MessageFields fields : array) {
            messages.add(fields.toMessage(to, "Field /messages/" + messages.size()));
        }
        return new PublishRequest(messages, durability, false);
    }

    private static PortaskException invalid(String text) {
        return new PortaskException(ErrorCode.INVALID_REQUEST, text);
    }
}
