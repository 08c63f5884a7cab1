package io.portask.http.exchange;

import com.sun.net.httpserver.HttpExchange;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.json.JsonBuffer;
import io.portask.http.wire.ReasonPhrase;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Why a request failed, as {@code application/problem+json} (RFC 9457): the members {@code type}, {@code title}, {@code status}
 * and {@code detail}, and where Portask has an error of its own, {@code code} and {@code retriable}.
 *
 * @param detail one line for a person
 * @param published the member of that name: how many messages were published before the request failed; null where none is said
 */
public record Problem(
        int status,
        @Nullable ErrorCode code,
        String detail,
        @Nullable Long published) {
    public static final String CONTENT_TYPE = "application/problem+json";

    private static final String TYPE_PREFIX = "urn:portask:error:";

    public Problem(int status, @Nullable ErrorCode code, String detail) {
        this(status, code, detail, null);
    }

    public static Problem of(int status, String detail) {
        return new Problem(status, null, detail);
    }

    /** What a client is told about any failure: never the text of an unknown one. */
    public static Problem of(Throwable error) {
        Throwable cause = PortaskException.unwrapped(error);
        if (cause instanceof PartlyPublishedException partly) {
            Problem problem = of(partly.reason());
            long published = partly.published();
            return new Problem(
                    problem.status, problem.code, problem.detail + PartlyPublishedException.said(published), published);
        }
        if (cause instanceof BodyException body) {
            return of(body.status(), String.valueOf(body.getMessage()));
        }
        if (cause instanceof StatusException status) {
            return of(status.status(), String.valueOf(status.getMessage()));
        }
        PortaskException known = PortaskException.of(cause);
        String text = String.valueOf(known.getMessage());
        return new Problem(ErrorStatus.of(known.code()), known.code(), ErrorStatus.detail(known.code(), text));
    }

    public byte[] json() {
        JsonBuffer json = new JsonBuffer().beginObject();
        json.name("type").string(code == null ? "about:blank" : TYPE_PREFIX + code.name());
        json.name("title").string(ReasonPhrase.of(status));
        json.name("status").number(status);
        json.name("detail").string(detail);
        if (code != null) {
            json.name("code").string(code.name());
            json.name("retriable").bool(code.retriable());
        }
        if (published != null) {
            json.name("published").number(published);
        }
        return json.endObject().toByteArray();
    }

    /** Answers with this problem and ends the exchange. No response may have been started. */
    public void send(HttpExchange exchange) throws IOException {
        byte[] body = json();
        exchange.getResponseHeaders().set("Content-Type", CONTENT_TYPE);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        if (code != null && code.retriable() && status == 503) {
            exchange.getResponseHeaders().set("Retry-After", "1");
        }
        boolean headOnly = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, headOnly ? -1 : body.length);
        if (!headOnly) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }
}
