package io.portask.http.wire;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/** Reads request lines (RFC 9112 section 3). Remembers the last target, because clients repeat themselves. */
final class RequestLine {
    private static final int MAX_METHOD_BYTES = 32;
    private static final String[] METHODS = {"GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"};

    private String method = "";
    private String target = "";
    private URI uri = URI.create("/");
    private @Nullable String authority;
    private int minorVersion;

    /** The longest line for targets of so many bytes. */
    static int maxBytes(int maxTargetBytes) {
        return MAX_METHOD_BYTES + 1 + maxTargetBytes + " HTTP/1.1\r\n".length();
    }

    /** @return the position behind the line */
    int parse(byte[] bytes, int maxTargetBytes) {
        int methodEnd = 0;
        while (Octets.isToken(bytes[methodEnd])) {
            methodEnd++;
        }
        if (methodEnd == 0 || bytes[methodEnd] != ' ') {
            throw Refusal.bad("The request line does not begin with a method and one space");
        }
        if (methodEnd > MAX_METHOD_BYTES) {
            throw new Refusal(Refusal.NOT_IMPLEMENTED, "The method is unknown");
        }
        int targetStart = methodEnd + 1;
        int targetEnd = targetStart;
        while (Octets.isTarget(bytes[targetEnd])) {
            targetEnd++;
        }
        if (targetEnd - targetStart > maxTargetBytes) {
            throw new Refusal(Refusal.URI_TOO_LONG, "The request target has more than " + maxTargetBytes + " bytes");
        }
        if (targetEnd == targetStart || bytes[targetEnd] != ' ') {
            throw Refusal.bad("The request target is missing or has a character that is not allowed there");
        }
        int end = version(bytes, targetEnd + 1);
        method = method(bytes, methodEnd);
        target(bytes, targetStart, targetEnd);
        return end;
    }

    String method() {
        return method;
    }

    URI uri() {
        return uri;
    }

    /** Whom the target names; null if it is only a path. */
    @Nullable
    String authority() {
        return authority;
    }

    int minorVersion() {
        return minorVersion;
    }

    private int version(byte[] bytes, int at) {
        String name = "HTTP/";
        for (int i = 0; i < name.length(); i++) {
            if (bytes[at + i] != name.charAt(i)) {
                throw noVersion();
            }
        }
        int major = digit(bytes[at + 5]);
        if (bytes[at + 6] != '.') {
            throw noVersion();
        }
        int minor = digit(bytes[at + 7]);
        if (bytes[at + 8] != '\r') {
            throw noVersion();
        }
        if (major != 1) {
            throw new Refusal(Refusal.VERSION_NOT_SUPPORTED, "Only HTTP/1.1 and HTTP/1.0 are spoken here");
        }
        minorVersion = Math.min(minor, 1);
        return at + 10;
    }

    private static int digit(byte octet) {
        if (octet < '0' || octet > '9') {
            throw noVersion();
        }
        return octet - '0';
    }

    private static Refusal noVersion() {
        return Refusal.bad("The request line does not end with a version of HTTP");
    }

    private static String method(byte[] bytes, int length) {
        for (String known : METHODS) {
            if (equal(known, bytes, 0, length)) {
                return known;
            }
        }
        return FieldParser.text(bytes, 0, length);
    }

    private static boolean equal(String text, byte[] bytes, int from, int to) {
        if (text.length() != to - from) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != bytes[from + i]) {
                return false;
            }
        }
        return true;
    }

    private void target(byte[] bytes, int from, int to) {
        if (method.equals("CONNECT")) {
            throw new Refusal(Refusal.NOT_IMPLEMENTED, "This server is no proxy");
        }
        if (!equal(target, bytes, from, to)) {
            String text = FieldParser.text(bytes, from, to);
            uri = uri(text);
            authority = uri.getRawAuthority();
            target = text;
        }
        if (target.equals("*") && !method.equals("OPTIONS")) {
            throw Refusal.bad("The request target * is for OPTIONS");
        }
    }

    private static URI uri(String target) {
        try {
            if (target.equals("*") || (target.startsWith("/") && !target.startsWith("//"))) {
                return new URI(target);
            }
            if (target.regionMatches(true, 0, "http://", 0, 7) || target.regionMatches(true, 0, "https://", 0, 8)) {
                return withPath(new URI(target));
            }
        } catch (URISyntaxException e) {
            throw Refusal.bad("The request target is not a valid URI");
        }
        throw Refusal.bad("The request target is neither a path nor an http URI");
    }

    private static URI withPath(URI uri) {
        if (uri.getHost() == null || uri.getRawUserInfo() != null) {
            throw Refusal.bad("The request target names no host, or a user");
        }
        if (!uri.getRawPath().isEmpty()) {
            return uri;
        }
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return URI.create(uri.getScheme() + "://" + uri.getRawAuthority() + "/" + query);
    }
}
