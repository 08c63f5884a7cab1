package io.portask.http.rest;

import com.sun.net.httpserver.HttpExchange;
import io.portask.http.json.JsonInput;
import java.util.Map;

/** A request whose body is there, at the operation that it was made for. */
final class RestRequest {
    private final HttpExchange exchange;
    private final Map<String, String> path;
    private final Query query;
    private final byte[] body;

    RestRequest(HttpExchange exchange, Map<String, String> path, Query query, byte[] body) {
        this.exchange = exchange;
        this.path = path;
        this.query = query;
        this.body = body;
    }

    HttpExchange exchange() {
        return exchange;
    }

    /** What stands in the path where the operation's template has {@code {name}}. */
    String path(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalArgumentException("The template has no {" + name + "}");
        }
        return value;
    }

    Query query() {
        return query;
    }

    byte[] body() {
        return body;
    }

    /** Reads the body as one JSON object. */
    <T extends JsonInput.FieldReader> T json(T fields) {
        JsonInput.readObject(body, 0, body.length, fields);
        return fields;
    }
}
