package io.portask.http.websocket;

import com.sun.net.httpserver.Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of the opening handshake (RFC 6455 section 4.2), once it is known that the client may call. Any thread.
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

    private final List<String> subprotocols;

    /** @param subprotocols what is spoken here; who offers sub-protocols must offer one of them */
    public Handshake(List<String> subprotocols) {
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
