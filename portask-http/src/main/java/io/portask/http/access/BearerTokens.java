package io.portask.http.access;

import com.sun.net.httpserver.Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that let a client in (RFC 6750), in the field {@code Authorization: Bearer TOKEN}. A browser cannot set fields
 * when it opens a WebSocket: it offers the token as a sub-protocol instead. Any thread.
 */
final class BearerTokens {
    /** Begins a sub-protocol that is no protocol but the token in base64url, without padding. */
    static final String SUBPROTOCOL_PREFIX = "portask.bearer.";

    private static final String SCHEME = "bearer ";

    private final List<byte[]> allowed = new ArrayList<>();

    BearerTokens(Collection<String> tokens) {
        tokens.forEach(token -> allowed.add(token.getBytes(StandardCharsets.UTF_8)));
    }

    boolean areNeeded() {
        return !allowed.isEmpty();
    }

    /** What the client says; null if it says nothing. */
    static byte @Nullable [] given(Headers request, boolean upgrade) {
        List<String> fields = request.get("Authorization");
        if (fields != null) {
            return fields.size() == 1 ? inField(fields.get(0)) : new byte[0];
        }
        return upgrade ? inSubprotocols(request.get("Sec-WebSocket-Protocol")) : null;
    }

    private static byte[] inField(String field) {
        return field.toLowerCase(Locale.ROOT).startsWith(SCHEME)
                ? field.substring(SCHEME.length()).trim().getBytes(StandardCharsets.ISO_8859_1)
                : new byte[0];
    }

    private static byte @Nullable [] inSubprotocols(@Nullable List<String> fields) {
        if (fields == null) {
            return null;
        }
        for (String offered : String.join(",", fields).split(",", -1)) {
            String name = offered.trim();
            if (name.startsWith(SUBPROTOCOL_PREFIX)) {
                try {
                    return Base64.getUrlDecoder().decode(name.substring(SUBPROTOCOL_PREFIX.length()));
                } catch (IllegalArgumentException e) {
                    return new byte[0];
                }
            }
        }
        return null;
    }

    /** Takes the same time wherever the first wrong byte is, and whichever token is the right one. */
    boolean contain(byte[] given) {
        boolean known = false;
        for (byte[] token : allowed) {
            known |= MessageDigest.isEqual(given, token);
        }
        return known;
    }
}
