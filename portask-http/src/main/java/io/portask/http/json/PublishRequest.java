package io.portask.http.json;

import io.portask.record.Durability;
import io.portask.record.Message;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be published.
 *
 * @param messages one or more
 * @param durability what the acknowledgement should promise; null for the store's default
 * @param single whether it was one message, not an array of messages
 */
public record PublishRequest(
        List<Message> messages, @Nullable Durability durability, boolean single) {
    public PublishRequest {
        messages = List.copyOf(messages);
    }

    /**
     * Reads a document: {@code {"topic","ack"?}} with the fields of one message, or with {@code "messages":[…]}.
     *
     * @throws io.portask.error.PortaskException INVALID_REQUEST or INVALID_TOPIC_NAME, naming the field
     */
    public static PublishRequest parse(byte[] json, int from, int to) {
        PublishFields fields = new PublishFields();
        JsonInput.readObject(json, from, to, fields);
        return fields.toRequest();
    }

    /** Reads one message, without topic and acknowledgement, such as a line of many. */
    public static Message parseMessage(String topic, byte[] json, int from, int to) {
        MessageFields fields = new MessageFields();
        JsonInput.readObject(json, from, to, fields);
        return fields.toMessage(topic, "The message");
    }
}
