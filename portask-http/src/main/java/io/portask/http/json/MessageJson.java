package io.portask.http.json;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.text.Utf8;
import io.portask.record.Header;
import io.portask.record.ReceivedMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stored message as JSON, without a loss: {@code id, topic, partition, offset, timestamp, key, headers} and exactly one of
 * {@code value} (JSON, where the header content-type says application/json and it is), {@code text} (UTF-8) and
 * {@code valueBase64}. A tombstone has {@code "text":null}. Keys and header values that are no UTF-8 are {@code keyBase64} and
 * {@code valueBase64}.
 */
public final class MessageJson {
    /** What one message may take as JSON where it is sent over a connection, whose queue is bounded. */
    private static final int MAX_SENT_BYTES = 32 << 20;

    private MessageJson() {}

    /** As {@link #write}, for a message to be sent; if it is too large for that, nothing is written, and the answer is false. */
    public static boolean trySend(JsonBuffer json, ReceivedMessage message) {
        return json.tryWrite(MAX_SENT_BYTES, out -> write(out, message));
    }

    /**
     * As {@link #write}, for a message to be sent.
     *
     * @throws PortaskException as {@link #tooLarge} has it
     */
    public static void send(JsonBuffer json, ReceivedMessage message) {
        if (!trySend(json, message)) {
            throw tooLarge(message);
        }
    }

    /**
     * As {@link #writeFields}, for a message to be sent.
     *
     * @throws PortaskException as {@link #tooLarge} has it
     */
    public static void sendFields(JsonBuffer json, ReceivedMessage message) {
        if (!json.tryWrite(MAX_SENT_BYTES, out -> writeFields(out, message))) {
            throw tooLarge(message);
        }
    }

    /** Says that a message is too large to be sent as JSON, and which it is. */
    public static PortaskException tooLarge(ReceivedMessage message) {
        return new PortaskException(
                ErrorCode.BATCH_TOO_LARGE,
                "Message " + message.id() + " takes more than " + MAX_SENT_BYTES
                        + " bytes as JSON; read it over TCP, or go on behind it");
    }

    public static void write(JsonBuffer json, ReceivedMessage message) {
        json.beginObject();
        writeFields(json, message);
        json.endObject();
    }

    /** Into an object that was begun. */
    public static void writeFields(JsonBuffer json, ReceivedMessage message) {
        json.name("id").string(message.id().toString());
        json.name("topic").string(message.topic());
        json.name("partition").number(message.partition());
        json.name("offset").number(message.offset());
        json.name("timestamp").number(message.timestamp());
        writeBytes(json, "key", "keyBase64", message.key());
        json.name("headers").beginArray();
        for (Header header : message.headers()) {
            json.beginObject().name("name").string(header.name());
            writeBytes(json, "value", "valueBase64", header.value());
            json.endObject();
        }
        json.endArray();
        writeValue(json, message.headers(), message.value());
    }

    private static void writeValue(JsonBuffer json, List<Header> headers, byte @Nullable [] value) {
        if (value != null && ContentType.isJson(headers) && JsonInput.isValue(value)) {
            json.name("value").json(value);
        } else {
            writeBytes(json, "text", "valueBase64", value);
        }
    }

    private static void writeBytes(JsonBuffer json, String textName, String base64Name, byte @Nullable [] bytes) {
        if (bytes == null) {
            json.name(textName).nullValue();
        } else if (Utf8.isValid(bytes)) {
            json.name(textName).string(bytes);
        } else {
            json.name(base64Name).base64(bytes);
        }
    }
}
