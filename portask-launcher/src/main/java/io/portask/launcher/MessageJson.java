package io.portask.launcher;

import io.portask.record.Header;
import io.portask.record.ReceivedMessage;
import java.nio.charset.StandardCharsets;

/** A message as one line of JSON: id, topic, partition, offset, timestamp, key, value and headers. */
final class MessageJson {
    private MessageJson() {}

    static byte[] line(ReceivedMessage message) {
        return Json.object(json -> {
                    json.writeStringProperty("id", message.id().toString());
                    json.writeStringProperty("topic", message.topic());
                    json.writeNumberProperty("partition", message.partition());
                    json.writeNumberProperty("offset", message.offset());
                    json.writeNumberProperty("timestamp", message.timestamp());
                    Json.writeBytes(json, "key", message.key());
                    Json.writeBytes(json, "value", message.value());
                    json.writeName("headers");
                    json.writeStartArray();
                    for (Header header : message.headers()) {
                        json.writeStartObject();
                        json.writeStringProperty("name", header.name());
                        Json.writeBytes(json, "value", header.value());
                        json.writeEndObject();
                    }
                    json.writeEndArray();
                })
                .getBytes(StandardCharsets.UTF_8);
    }
}
