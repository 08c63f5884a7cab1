package io.portask.http.wire;

import com.sun.net.httpserver.Headers;
import java.net.URI;

/**
 * A request up to its body.
 *
 * @param minorVersion of HTTP/1: 0 or 1
 * @param contentLength the bytes of the body, 0 for none, {@link #CHUNKED} if it comes in chunks
 * @param keepAlive whether the client lets the connection live after the answer
 * @param expectsContinue whether the client waits for {@code 100 Continue} before it sends the body
 */
public record RequestHead(
        String method,
        URI uri,
        int minorVersion,
        Headers headers,
        long contentLength,
        boolean keepAlive,
        boolean expectsContinue) {
    public static final long CHUNKED = -1;

    private static final URI ROOT = URI.create("/");

    /** Stands for a request whose head could not be read. */
    public static RequestHead unreadable() {
        return new RequestHead("GET", ROOT, 1, new Headers(), 0, false, false);
    }

    public boolean hasBody() {
        return contentLength != 0;
    }

    /** HTTP/1.0 has no upgrades: whoever asks for one there, asks for none (RFC 9110 section 7.8). */
    public Headers upgradeFields() {
        if (minorVersion >= 1) {
            return headers;
        }
        Headers without = new Headers();
        without.putAll(headers);
        without.remove("Upgrade");
        return without;
    }
}
