package io.portask.http.rest;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.text.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Text in request targets (RFC 3986): strict, and UTF-8 only, for what is replaced in a name or key would be another one. */
final class PercentEncoding {
    private PercentEncoding() {}

    /** What stands between the slashes of a path that begins with one. */
    static List<String> segments(String rawPath) {
        List<String> segments = new ArrayList<>();
        int from = 1;
        for (int slash = rawPath.indexOf('/', from); slash >= 0; slash = rawPath.indexOf('/', from)) {
            segments.add(decode(rawPath.substring(from, slash), false));
            from = slash + 1;
        }
        segments.add(decode(rawPath.substring(Math.min(from, rawPath.length())), false));
        return segments;
    }

    /**
     * @param form whether a plus sign is a space, as in queries
     * @throws PortaskException {@link ErrorCode#INVALID_REQUEST}
     */
    static String decode(String raw, boolean form) {
        if (isPlain(raw, form)) {
            return raw;
        }
        byte[] bytes = new byte[raw.length()];
        int size = 0;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                bytes[size++] = (byte) octet(raw, i + 1);
                i += 2;
            } else if (c >= 0x80) {
                throw refused(raw, "has a character that must be percent-encoded");
            } else {
                bytes[size++] = (byte) (form && c == '+' ? ' ' : c);
            }
        }
        if (!Utf8.isValid(bytes, 0, size)) {
            throw refused(raw, "is not UTF-8");
        }
        return new String(bytes, 0, size, StandardCharsets.UTF_8);
    }

    private static boolean isPlain(String raw, boolean form) {
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%' || c >= 0x80 || (form && c == '+')) {
                return false;
            }
        }
        return true;
    }

    private static int octet(String raw, int at) {
        int high = at + 1 < raw.length() ? Character.digit(raw.charAt(at), 16) : -1;
        int low = high < 0 ? -1 : Character.digit(raw.charAt(at + 1), 16);
        if (low < 0) {
            throw refused(raw, "has a percent sign without two hexadecimal digits");
        }
        return high << 4 | low;
    }

    private static PortaskException refused(String raw, String why) {
        return new PortaskException(ErrorCode.INVALID_REQUEST, "'" + raw + "' " + why);
    }
}
