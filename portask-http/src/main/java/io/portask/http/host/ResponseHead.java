package io.portask.http.host;

import com.sun.net.httpserver.Headers;
import io.portask.http.wire.RequestHead;
import io.portask.http.wire.ResponseEncoder;

/** How one response is framed (RFC 9112 section 6), decided when its head is written. */
final class ResponseHead {
    /** The length of a body that is not known before its end. */
    static final long UNKNOWN = -1;

    private final long length;
    private final boolean bodiless;
    private final boolean chunked;
    private final boolean keepAlive;

    /**
     * @param length of the body, or {@link #UNKNOWN}
     * @param keepAlive whether server and client would let the connection live
     */
    ResponseHead(RequestHead request, int status, long length, boolean keepAlive) {
        this.length = length;
        bodiless = request.method().equals("HEAD") || status == 204 || status == 304 || length == 0;
        boolean unknown = length == UNKNOWN && !bodiless;
        chunked = unknown && request.minorVersion() >= 1;
        this.keepAlive = keepAlive && (!unknown || chunked);
    }

    void encode(ResponseEncoder encoder, RequestHead request, int status, Headers headers) {
        encoder.head(status, headers);
        if (chunked) {
            encoder.chunked();
        } else if (length > 0 && status != 204 && status != 304) {
            encoder.contentLength(length);
        } else if (length == 0 && status != 204) {
            announced(encoder, request, status, headers);
        }
        if (!keepAlive) {
            encoder.close();
        } else if (request.minorVersion() == 0) {
            encoder.keepAlive();
        }
        encoder.endHead();
    }

    /** A response to HEAD, and a 304, may say how long the body would be. */
    private static void announced(ResponseEncoder encoder, RequestHead request, int status, Headers headers) {
        String announced = headers.getFirst("Content-Length");
        boolean mayAnnounce = request.method().equals("HEAD") || status == 304;
        if (mayAnnounce && announced != null && announced.matches("\\d{1,18}")) {
            encoder.contentLength(Long.parseLong(announced));
        } else if (!mayAnnounce) {
            encoder.contentLength(0);
        }
    }

    long length() {
        return length;
    }

    /** Nothing follows the head. */
    boolean bodiless() {
        return bodiless;
    }

    boolean chunked() {
        return chunked;
    }

    boolean keepAlive() {
        return keepAlive;
    }
}
