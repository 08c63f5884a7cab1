package io.portask.http.json;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.text.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads one JSON object strictly: UTF-8 only, no name twice, nothing behind it, bounded nesting, no field that nobody knows.
 * Every refusal is {@link ErrorCode#INVALID_REQUEST} and names the field by its JSON pointer (RFC 6901).
 */
public final class JsonInput {
    /** What a field of an object means to its reader. */
    @FunctionalInterface
    public interface FieldReader {
        /** Reads the field's value from the input; false for a name that is not known. */
        boolean read(JsonInput in, String name);
    }

    /** How deep objects and arrays of a document may be nested. */
    static final int MAX_DEPTH = 256;

    private static final int BOM_START = 0xEF;
    private static final int WIDEST_CHARACTER = 4;
    private static final int MAX_SHOWN = 200;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();

    private final byte[] json;
    private final int start;
    private final JsonParser parser;

    private JsonInput(byte[] json, int start, JsonParser parser) {
        this.json = json;
        this.start = start;
        this.parser = parser;
    }

    /** Reads a document that is one object. */
    public static void readObject(byte[] json, int from, int to, FieldReader fields) {
        if (from == to) {
            throw invalid("The JSON object is missing");
        }
        if (!isUtf8(json, from, to)) {
            throw invalid("The JSON is not UTF-8");
        }
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json, from, to - from)) {
            parser.nextToken();
            JsonInput in = new JsonInput(json, from, parser);
            in.object(fields);
            if (parser.nextToken() != null) {
                throw invalid("Something follows the JSON object");
            }
        } catch (JacksonException e) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, describe(e), e);
        }
    }

    /** Whether the bytes are one JSON value that a document could hold, by the same strict rules. */
    static boolean isValue(byte[] json) {
        if (!isUtf8(json, 0, json.length)) {
            return false;
        }
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json, 0, json.length)) {
            JsonToken first = parser.nextToken();
            int deepest = 0;
            int depth = 0;
            for (JsonToken token = first; token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                deepest = Math.max(deepest, depth);
                if (depth == 0 && (token.isStructEnd() || token.isScalarValue())) {
                    parser.finishToken();
                    return parser.nextToken() == null && deepest <= MAX_DEPTH / 2;
                }
            }
            return false;
        } catch (JacksonException e) {
            return false;
        }
    }

    /** A document must not begin with a byte order mark, nor be UTF-16 or UTF-32, which the parser would detect. */
    private static boolean isUtf8(byte[] json, int from, int to) {
        for (int i = from; i < Math.min(to, from + WIDEST_CHARACTER); i++) {
            if (json[i] == 0) {
                return false;
            }
        }
        return to > from && (json[from] & 0xFF) != BOM_START && Utf8.isValid(json, from, to);
    }

    private static String describe(JacksonException e) {
        String text = e.getOriginalMessage();
        String line = text == null ? "" : text.lines().findFirst().orElse("");
        String shown = line.length() <= MAX_SHOWN ? line : line.substring(0, MAX_SHOWN) + "…";
        TokenStreamLocation location = e.getLocation();
        return "The JSON is not valid" + (location == null ? "" : " at byte " + location.getByteOffset()) + ": "
                + shown;
    }

    private static PortaskException invalid(String text) {
        return new PortaskException(ErrorCode.INVALID_REQUEST, text);
    }

    /** Why the field, or object, that was read last is refused. */
    public PortaskException refused(String text) {
        String pointer = parser.streamReadContext().pathAsPointer().toString();
        String shown = pointer.length() <= MAX_SHOWN ? pointer : pointer.substring(0, MAX_SHOWN) + "…";
        return invalid((shown.isEmpty() ? "The object " : "Field " + shown + " ") + text);
    }

    /** The value is an object with these fields. */
    public void object(FieldReader fields) {
        expect(JsonToken.START_OBJECT, "must be an object");
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            if (!fields.read(this, name)) {
                throw refused("is not known here");
            }
        }
    }

    /** The value is an array; the reader is called at each element. */
    public void array(Runnable element) {
        expect(JsonToken.START_ARRAY, "must be an array");
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            element.run();
        }
    }

    private void expect(JsonToken token, String text) {
        if (parser.currentToken() != token) {
            throw refused(text);
        }
    }

    public boolean isNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    public boolean isString() {
        return parser.currentToken() == JsonToken.VALUE_STRING;
    }

    public String string() {
        expect(JsonToken.VALUE_STRING, "must be a string");
        return parser.getString();
    }

    public long integer(long min, long max) {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            long value = parser.getLongValue();
            if (value >= min && value <= max) {
                return value;
            }
        }
        throw refused("must be a whole number from " + min + " to " + max);
    }

    public boolean bool() {
        if (parser.currentToken() != JsonToken.VALUE_TRUE && parser.currentToken() != JsonToken.VALUE_FALSE) {
            throw refused("must be true or false");
        }
        return parser.currentToken() == JsonToken.VALUE_TRUE;
    }

    /** A string as UTF-8; null for null. */
    public byte @Nullable [] utf8() {
        if (isNull()) {
            return null;
        }
        String text = string();
        if (hasHalfPair(text)) {
            throw refused("has half of a surrogate pair, which is no text in UTF-8; send it in base64");
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean hasHalfPair(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isHighSurrogate(text.charAt(i))
                        || ++i == text.length()
                        || !Character.isLowSurrogate(text.charAt(i))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** A string of base64 (RFC 4648 section 4) as bytes; null for null. */
    public byte @Nullable [] base64() {
        if (isNull()) {
            return null;
        }
        try {
            return Base64.getDecoder().decode(string());
        } catch (IllegalArgumentException e) {
            throw refused("must be base64");
        }
    }

    /** Any value as its compact bytes. */
    public byte[] json() {
        int from = start + (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        parser.finishToken();
        int to = start + (int) parser.currentLocation().getByteOffset();
        return CompactJson.of(json, from, to);
    }
}
