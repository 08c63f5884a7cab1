package io.portask.http.json;

import io.portask.record.Header;
import org.jspecify.annotations.Nullable;

/** Collects the fields of one header: {@code name}, and one of {@code value} and {@code valueBase64}. */
final class HeaderFields implements JsonInput.FieldReader {
    private @Nullable String name;
    private byte @Nullable [] value;
    private int values;

    @Override
    public boolean read(JsonInput in, String field) {
        switch (field) {
            case "name" -> {
                in.utf8();
                name = in.string();
            }
            case "value" -> value(in.utf8());
            case "valueBase64" -> value(in.base64());
            default -> {
                return false;
            }
        }
        return true;
    }

    private void value(byte @Nullable [] bytes) {
        value = bytes;
        values++;
    }

    Header toHeader(JsonInput in) {
        String known = name;
        if (known == null || values != 1) {
            throw in.refused("must have a name and exactly one of value and valueBase64");
        }
        return new Header(known, value);
    }
}
