package io.portask.http.json;

import io.portask.record.Header;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The header that says what a message's value is. The first one counts; its name is compared without case. */
public final class ContentType {
    public static final String NAME = "content-type";
    static final String JSON = "application/json";

    private static final Set<String> LINES =
            Set.of("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines");

    private ContentType() {}

    /** The media type of a field's value, in lower case without parameters. */
    public static String essence(String value) {
        int parameters = value.indexOf(';');
        return (parameters < 0 ? value : value.substring(0, parameters)).trim().toLowerCase(Locale.ROOT);
    }

    /** Whether a media type is one of those that people use for lines of JSON. */
    public static boolean isLines(String essence) {
        return LINES.contains(essence);
    }

    /** The media type in lower case without parameters; null if no header says it. */
    static @Nullable String of(List<Header> headers) {
        for (Header header : headers) {
            byte[] value = header.value();
            if (value != null && header.name().equalsIgnoreCase(NAME)) {
                return essence(new String(value, StandardCharsets.ISO_8859_1));
            }
        }
        return null;
    }

    static boolean isJson(List<Header> headers) {
        return !headers.isEmpty() && JSON.equals(of(headers));
    }
}
