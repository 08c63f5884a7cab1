package io.portask.http.json;

import io.portask.record.Header;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The header that says what a message's value is. The first one counts; its name is compared without case. */
public final class ContentType {
    public static final String NAME = "content-type";
    static final String JSON = "application/json";

    private ContentType() {}

    /** The media type in lower case without parameters; null if no header says it. */
    static @Nullable String of(List<Header> headers) {
        for (Header header : headers) {
            byte[] value = header.value();
            if (value != null && header.name().equalsIgnoreCase(NAME)) {
                String text = new String(value, StandardCharsets.ISO_8859_1);
                int parameters = text.indexOf(';');
                return (parameters < 0 ? text : text.substring(0, parameters))
                        .trim()
                        .toLowerCase(Locale.ROOT);
            }
        }
        return null;
    }

    static boolean isJson(List<Header> headers) {
        return !headers.isEmpty() && JSON.equals(of(headers));
    }
}
