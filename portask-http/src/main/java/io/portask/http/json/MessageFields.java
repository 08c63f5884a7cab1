package io.portask.http.json;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.Header;
import io.portask.record.Message;
import io.portask.store.TopicSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the fields of one message to be published: {@code partition}, {@code key} or {@code keyBase64}, {@code headers}, {@code
 * timestamp} and exactly one of {@code value}, {@code text} and {@code valueBase64}.
 */
final class MessageFields implements JsonInput.FieldReader {
    private final List<Header> headers = new ArrayList<>(0);
    private int partition = Message.ANY_PARTITION;
    private long timestamp = Message.NOW;
    private byte @Nullable [] key;
    private byte @Nullable [] content;
    private int keys;
    private int contents;
    private boolean isJson;
    private boolean any;

    /** Whether there was any field of a message. */
    boolean any() {
        return any;
    }

    int partition() {
        return partition;
    }

    @Override
    public boolean read(JsonInput in, String name) {
        switch (name) {
            case "partition" -> partition = (int) in.integer(0, TopicSpec.MAX_PARTITIONS - 1);
            case "timestamp" -> timestamp = in.integer(0, Long.MAX_VALUE);
            case "key" -> key(in.utf8());
            case "keyBase64" -> key(in.base64());
            case "headers" -> in.array(() -> headers.add(header(in)));
            case "value" -> {
                content(in.json());
                isJson = true;
            }
            case "text" -> content(in.utf8());
            case "valueBase64" -> content(in.base64());
            default -> {
                return false;
            }
        }
        any = true;
        return true;
    }

    private void key(byte @Nullable [] bytes) {
        key = bytes;
        keys++;
    }

    private void content(byte @Nullable [] bytes) {
        content = bytes;
        contents++;
    }

    private static Header header(JsonInput array) {
        HeaderFields fields = new HeaderFields();
        array.object(fields);
        return fields.toHeader(array);
    }

    /** @param place what a refusal calls the message */
    Message toMessage(String topic, String place) {
        if (contents != 1) {
            throw invalid(place + " must have exactly one of value (JSON), text and valueBase64");
        }
        if (keys > 1) {
            throw invalid(place + " must not have both key and keyBase64");
        }
        if (isJson) {
            sayJson(place);
        }
        return message(topic);
    }

    /** Key and value may be null, which the class file of a record with a compact constructor does not say. */
    @SuppressWarnings("NullAway")
    private Message message(String topic) {
        return new Message(topic, partition, key, content, headers, timestamp);
    }

    private void sayJson(String place) {
        String said = ContentType.of(headers);
        if (said == null) {
            headers.add(new Header(ContentType.NAME, ContentType.JSON.getBytes(StandardCharsets.US_ASCII)));
        } else if (!said.equals(ContentType.JSON)) {
            throw invalid(place + " has a value, which is " + ContentType.JSON + ", but its header " + ContentType.NAME
                    + " says something else; use text or valueBase64");
        }
    }

    private static PortaskException invalid(String text) {
        return new PortaskException(ErrorCode.INVALID_REQUEST, text);
    }
}
