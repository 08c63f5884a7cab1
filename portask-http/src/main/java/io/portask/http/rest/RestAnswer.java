package io.portask.http.rest;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.portask.http.json.JsonBuffer;
import java.io.IOException;
import java.util.function.Consumer;

/** A response that is known as a whole. */
final class RestAnswer {
    static final String JSON = "application/json";

    private static final byte[] NOTHING = {};

    private final int status;
    private final byte[] body;
    private final Headers headers = new Headers();

    private RestAnswer(int status, byte[] body) {
        this.status = status;
        this.body = body;
        headers.set("Cache-Control", "no-store");
    }

    static RestAnswer bytes(int status, String contentType, byte[] body) {
        return new RestAnswer(status, body).with("Content-Type", contentType);
    }

    /** An answer of one object. */
    static RestAnswer object(int status, Consumer<JsonBuffer> fields) {
        JsonBuffer json = new JsonBuffer().beginObject();
        fields.accept(json);
        return bytes(status, JSON, json.endObject().toByteArray());
    }

    static RestAnswer noContent() {
        return new RestAnswer(204, NOTHING);
    }

    RestAnswer with(String field, String value) {
        headers.set(field, value);
        return this;
    }

    /** Answers and ends the exchange. */
    void send(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().putAll(headers);
        boolean bodiless = body.length == 0 || exchange.getRequestMethod().equals("HEAD");
        if (bodiless && body.length > 0) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
        }
        exchange.sendResponseHeaders(status, bodiless ? -1 : body.length);
        if (!bodiless) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }
}
