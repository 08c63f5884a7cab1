package io.portask.http.wire;

import com.sun.net.httpserver.Headers;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the fields of a head say about the message and the connection (RFC 9112 sections 3.2, 6 and 9). Whatever two readers
 * could understand differently is refused.
 */
final class Framing {
    /** More digits than any body has bytes. */
    private static final int MAX_LENGTH_DIGITS = 18;

    private Framing() {}

    static RequestHead head(RequestLine line, RequestFields headers) {
        boolean persistentByDefault = line.minorVersion() >= 1;
        checkHost(headers.get("Host"), persistentByDefault);
        if (line.authority() != null) {
            // RFC 9112 section 3.2.2: what the target names counts, whatever the field says.
            headers.set("Host", line.authority());
        }
        return new RequestHead(
                line.method(),
                line.uri(),
                line.minorVersion(),
                headers.freeze(),
                contentLength(headers, persistentByDefault),
                keepAlive(headers.get("Connection"), persistentByDefault),
                expectsContinue(headers.get("Expect"), persistentByDefault));
    }

    private static void checkHost(@Nullable List<String> hosts, boolean required) {
        if (hosts == null) {
            if (required) {
                throw Refusal.bad("The field Host is missing");
            }
            return;
        }
        if (hosts.size() > 1) {
            throw Refusal.bad("There are several fields Host");
        }
        String host = hosts.get(0);
        for (int i = 0; i < host.length(); i++) {
            if (!Octets.isAuthority(host.charAt(i))) {
                throw Refusal.bad("The field Host has a character that no host has");
            }
        }
    }

    private static long contentLength(Headers headers, boolean chunksAllowed) {
        List<String> lengths = headers.get("Content-Length");
        List<String> codings = headers.get("Transfer-Encoding");
        if (codings != null) {
            if (lengths != null) {
                throw Refusal.bad("There are both Content-Length and Transfer-Encoding");
            }
            if (!chunksAllowed) {
                throw Refusal.bad("HTTP/1.0 has no Transfer-Encoding");
            }
            checkChunked(codings);
            return RequestHead.CHUNKED;
        }
        if (lengths == null) {
            return 0;
        }
        if (lengths.size() > 1) {
            throw Refusal.bad("There are several fields Content-Length");
        }
        return length(lengths.get(0));
    }

    private static long length(String digits) {
        if (digits.isEmpty()) {
            throw noLength();
        }
        long length = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw noLength();
            }
            if (i >= MAX_LENGTH_DIGITS) {
                throw new Refusal(Refusal.CONTENT_TOO_LARGE, "The body is too large");
            }
            length = length * 10 + digit;
        }
        return length;
    }

    private static Refusal noLength() {
        return Refusal.bad("Content-Length is not one decimal number");
    }

    /** Only {@code chunked}, once and alone, is understood. */
    private static void checkChunked(List<String> fields) {
        String codings = String.join(",", fields).toLowerCase(Locale.ROOT);
        if (codings.equals("chunked")) {
            return;
        }
        int chunked = 0;
        boolean unknown = false;
        boolean last = false;
        for (String element : codings.split(",", -1)) {
            String coding = element.strip();
            if (!Octets.isToken(coding)) {
                throw Refusal.bad("Transfer-Encoding is not a list of codings");
            }
            last = coding.equals("chunked");
            chunked += last ? 1 : 0;
            unknown |= !last;
        }
        if (chunked > 1 || (chunked == 1 && !last)) {
            throw Refusal.bad("The transfer coding chunked is not the last, or not the only one");
        }
        if (unknown) {
            throw new Refusal(Refusal.NOT_IMPLEMENTED, "Only the transfer coding chunked is understood");
        }
    }

    private static boolean keepAlive(@Nullable List<String> fields, boolean byDefault) {
        if (fields == null) {
            return byDefault;
        }
        if (hasOption(fields, "close")) {
            return false;
        }
        return byDefault || hasOption(fields, "keep-alive");
    }

    private static boolean hasOption(List<String> fields, String option) {
        for (String field : fields) {
            if (field.equalsIgnoreCase(option)) {
                return true;
            }
            if (field.indexOf(',') >= 0) {
                for (String element : field.split(",", -1)) {
                    if (element.strip().equalsIgnoreCase(option)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean expectsContinue(@Nullable List<String> fields, boolean understood) {
        if (fields == null || !understood) {
            return false;
        }
        if (fields.size() > 1 || !fields.get(0).equalsIgnoreCase("100-continue")) {
            throw new Refusal(Refusal.EXPECTATION_FAILED, "Only the expectation 100-continue is understood");
        }
        return true;
    }
}
