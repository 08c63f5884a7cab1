package io.portask.http.websocket;

import com.sun.net.httpserver.Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of the opening handshake (RFC 6455 section 4.2). Any thread.
 *
 * <p>A page of a browser may connect if its origin is allowed by name, or by {@code *}, or if it came from this very host and
 * port, reached by {@code localhost} or by an address. A host name does not vouch for a page: its owner can point it anywhere.
 * Who sends no {@code Origin} is no browser.
 */
public final class Handshake {
    private static final String ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_BYTES = 16;
    private static final int KEY_CHARS = 24;
    private static final String VERSION = "13";

    /**
     * @param status 101, or why not
     * @param headers those of the answer, but for {@code Connection}, which is the HTTP server's
     * @param problem what is wrong, for a person; null with 101
     */
    public record Answer(
            int status, Headers headers, @Nullable String problem) {
        public boolean isAccepted() {
            return problem == null;
        }
    }

    private final List<String> allowedOrigins;
    private final List<String> subprotocols;

    /**
     * @param allowedOrigins such as {@code https://example.org}, or {@code *} for any
     * @param subprotocols what is spoken here; who offers sub-protocols must offer one of them
     */
    public Handshake(List<String> allowedOrigins, List<String> subprotocols) {
        this.allowedOrigins = allowedOrigins.stream()
                .map(origin -> origin.toLowerCase(Locale.ROOT))
                .toList();
        this.subprotocols = List.copyOf(subprotocols);
    }

    public Answer answer(String method, Headers request) {
        if (!method.equals("GET")) {
            Answer refused = refuse(405, "A WebSocket is opened with GET, not with " + method);
            refused.headers().set("Allow", "GET");
            return refused;
        }
        if (single(request, "Host") == null) {
            return refuse(400, "A request has exactly one Host");
        }
        if (!tokens(request, "Upgrade").anyMatch("websocket"::equalsIgnoreCase)
                || !tokens(request, "Connection").anyMatch("upgrade"::equalsIgnoreCase)) {
            Answer refused = refuse(426, "This is a WebSocket: ask for Connection: Upgrade and Upgrade: websocket");
            refused.headers().set("Upgrade", "websocket");
            return refused;
        }
        if (!VERSION.equals(single(request, "Sec-WebSocket-Version"))) {
            Answer refused = refuse(426, "Only WebSocket version " + VERSION + " is spoken here");
            refused.headers().set("Sec-WebSocket-Version", VERSION);
            return refused;
        }
        String key = single(request, "Sec-WebSocket-Key");
        if (key == null || !isKey(key)) {
            return refuse(400, "Sec-WebSocket-Key is the base64 of 16 bytes, given once");
        }
        if (!isOriginAllowed(request)) {
            return refuse(403, "Pages of this origin may not connect; allow it by name if they should");
        }
        return negotiate(request, key);
    }

    private Answer negotiate(Headers request, String key) {
        List<String> offered = tokens(request, "Sec-WebSocket-Protocol").toList();
        Headers headers = new Headers();
        if (!offered.isEmpty()) {
            String agreed =
                    offered.stream().filter(subprotocols::contains).findFirst().orElse(null);
            if (agreed == null) {
                return refuse(400, "None of the sub-protocols offered is spoken here, which are " + subprotocols);
            }
            headers.set("Sec-WebSocket-Protocol", agreed);
        }
        headers.set("Upgrade", "websocket");
        headers.set("Sec-WebSocket-Accept", accept(key));
        return new Answer(101, headers, null);
    }

    private boolean isOriginAllowed(Headers request) {
        List<String> origins = request.get("Origin");
        if (origins == null || origins.isEmpty()) {
            return true;
        }
        String origin = origins.get(0).toLowerCase(Locale.ROOT);
        return origins.size() == 1
                && (allowedOrigins.contains("*") || allowedOrigins.contains(origin) || isOwn(origin, request));
    }

    private static boolean isOwn(String origin, Headers request) {
        String host = single(request, "Host");
        return host != null
                && (origin.equals("http://" + host.toLowerCase(Locale.ROOT))
                        || origin.equals("https://" + host.toLowerCase(Locale.ROOT)))
                && host.matches("(?i)(localhost|\\[[0-9a-f:.]+]|[0-9]{1,3}(\\.[0-9]{1,3}){3})(:[0-9]+)?");
    }

    private static boolean isKey(String key) {
        try {
            return key.length() == KEY_CHARS && Base64.getDecoder().decode(key).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** What proves that the server read the key. */
    static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + ACCEPT_GUID).getBytes(StandardCharsets.ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-1", e);
        }
    }

    private static @Nullable String single(Headers headers, String name) {
        List<String> values = headers.get(name);
        return values == null || values.size() != 1 ? null : values.get(0).trim();
    }

    private static Stream<String> tokens(Headers headers, String name) {
        List<String> values = headers.get(name);
        return values == null
                ? Stream.empty()
                : values.stream()
                        .flatMap(value -> Stream.of(value.split(",", -1)))
                        .map(String::trim)
                        .filter(token -> !token.isEmpty());
    }

    private static Answer refuse(int status, String problem) {
        return new Answer(status, new Headers(), problem);
    }
}
