package io.portask.http.wire;

import com.sun.net.httpserver.Headers;
import java.nio.charset.StandardCharsets;

/** Reads lines of fields (RFC 9112 section 5). The lines end with CR LF, which a {@link SectionScanner} has seen to. */
final class FieldParser {
    private FieldParser() {}

    /** Reads fields from {@code start} up to the empty line that ends at {@code end}. */
    static RequestFields parse(byte[] bytes, int start, int end, int maxFields) {
        RequestFields headers = new RequestFields();
        int count = 0;
        int line = start;
        while (line < end - 2) {
            if (++count > maxFields) {
                throw new Refusal(Refusal.HEAD_TOO_LARGE, "There are more than " + maxFields + " fields");
            }
            line = field(bytes, line, headers);
        }
        return headers;
    }

    private static int field(byte[] bytes, int start, Headers headers) {
        if (Octets.isBlank(bytes[start])) {
            throw Refusal.bad("A field is folded over several lines");
        }
        int colon = start;
        while (Octets.isToken(bytes[colon])) {
            colon++;
        }
        if (colon == start || bytes[colon] != ':') {
            throw Refusal.bad("The name of a field is not a token that a colon follows");
        }
        int from = colon + 1;
        while (Octets.isBlank(bytes[from])) {
            from++;
        }
        int lineEnd = from;
        while (bytes[lineEnd] != '\r') {
            if (!Octets.isValue(bytes[lineEnd])) {
                throw Refusal.bad("The value of a field has a control character");
            }
            lineEnd++;
        }
        int to = lineEnd;
        while (to > from && Octets.isBlank(bytes[to - 1])) {
            to--;
        }
        headers.add(text(bytes, start, colon), text(bytes, from, to));
        return lineEnd + 2;
    }

    static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
}
