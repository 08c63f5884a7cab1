package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.portask.record.Header;
import io.portask.record.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Messages as JSON, written and read as docs/HTTP.md says and without the code that is tested. */
final class MessageDocument {
    /** How a message's value is given to a door that takes JSON. */
    enum Form {
        VALUE,
        TEXT,
        BASE64
    }

    private static final JsonFactory JSON = new JsonFactory();

    private final String document;
    private final List<Header> headers = new ArrayList<>();
    private String id = "";
    private byte[] key;
    private byte[] value;
    private int values;

    private MessageDocument(String document) {
        this.document = document;
    }

    /** The fields of a message to publish, without brackets, topic and partition. */
    static String fields(Message message, Form form) {
        StringBuilder out = new StringBuilder();
        if (message.key() != null) {
            out.append("\"keyBase64\":").append(base64(message.key())).append(',');
        }
        out.append("\"timestamp\":").append(message.timestamp()).append(",\"headers\":[");
        for (Header header : message.headers()) {
            out.append(out.charAt(out.length() - 1) == '[' ? "" : ",")
                    .append("{\"name\":")
                    .append(quoted(header.name()))
                    .append(header.value() == null ? ",\"value\":null}" : ",\"valueBase64\":")
                    .append(header.value() == null ? "" : base64(header.value()) + "}");
        }
        out.append("],");
        byte[] bytes = message.value();
        return switch (form) {
            case VALUE -> out.append("\"value\":").append(text(bytes)).toString();
            case TEXT ->
                out.append("\"text\":")
                        .append(bytes == null ? "null" : quoted(text(bytes)))
                        .toString();
            case BASE64 -> out.append("\"valueBase64\":").append(base64(bytes)).toString();
        };
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static String base64(byte[] bytes) {
        return '"' + Base64.getEncoder().encodeToString(bytes) + '"';
    }

    /** As a string of JSON. */
    static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.chars().forEach(c -> out.append(c < ' ' || c > '~' || c == '"' || c == '\\' ? escaped(c) : (char) c + ""));
        return out.append('"').toString();
    }

    private static String escaped(int unit) {
        return "\\u" + HexFormat.of().toHexDigits((char) unit);
    }

    /** What a reader got, in words that can be compared. */
    static String read(String document) {
        MessageDocument read = new MessageDocument(document);
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), document)) {
            parser.nextToken();
            read.object(parser);
        }
        assertThat(read.values).as(document).isEqualTo(1);
        return StoredMessage.of(read.id, read.key, read.headers, read.value);
    }

    private void object(JsonParser parser) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "id" -> id = parser.getString();
                case "key", "keyBase64" -> key = bytes(parser, name);
                case "headers" -> {
                    while (parser.nextToken() == JsonToken.START_OBJECT) {
                        headers.add(header(parser));
                    }
                }
                case "value" -> {
                    int from = (int) parser.currentTokenLocation().getCharOffset();
                    parser.skipChildren();
                    parser.finishToken();
                    int to = (int) parser.currentLocation().getCharOffset();
                    value = document.substring(from, to).getBytes(StandardCharsets.UTF_8);
                    values++;
                }
                case "text", "valueBase64" -> {
                    value = bytes(parser, name);
                    values++;
                }
                default -> parser.skipChildren();
            }
        }
    }

    private static Header header(JsonParser parser) {
        String name = "";
        byte[] bytes = null;
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            if (field.equals("name")) {
                name = parser.getString();
            } else {
                bytes = bytes(parser, field);
            }
        }
        return new Header(name, bytes);
    }

    private static byte[] bytes(JsonParser parser, String name) {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        return name.endsWith("Base64")
                ? Base64.getDecoder().decode(parser.getString())
                : parser.getString().getBytes(StandardCharsets.UTF_8);
    }
}
