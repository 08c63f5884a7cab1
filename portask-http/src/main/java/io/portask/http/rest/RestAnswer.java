package io.portask.http.rest;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.portask.http.json.JsonBuffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A response that is known as a whole. */
final class RestAnswer {
    static final String JSON = "application/json";

    private static final byte[] NOTHING = {};
    private static final ThreadLocal<JsonBuffer> BUFFER = ThreadLocal.withInitial(JsonBuffer::new);

    private record Field(String name, String value) {}

    private final int status;
    private final Supplier<byte[]> body;
    private final List<Field> fields = new ArrayList<>(2);

    private RestAnswer(int status, Supplier<byte[]> body) {
        this.status = status;
        this.body = body;
        fields.add(new Field("Cache-Control", "no-store"));
    }

    static RestAnswer bytes(int status, String contentType, byte[] body) {
        return new RestAnswer(status, () -> body).with("Content-Type", contentType);
    }

    /** An answer of one object, whose fields are written when it is sent. */
    static RestAnswer object(int status, Consumer<JsonBuffer> fields) {
        return new RestAnswer(status, () -> encoded(fields)).with("Content-Type", JSON);
    }

    private static byte[] encoded(Consumer<JsonBuffer> fields) {
        JsonBuffer json = BUFFER.get().reset().beginObject();
        fields.accept(json);
        return json.endObject().toByteArray();
    }

    static RestAnswer noContent() {
        return new RestAnswer(204, () -> NOTHING);
    }

    RestAnswer with(String field, String value) {
        fields.add(new Field(field, value));
        return this;
    }

    /** Answers and ends the exchange. */
    void send(HttpExchange exchange) throws IOException {
        byte[] bytes = body.get();
        Headers headers = exchange.getResponseHeaders();
        fields.forEach(field -> headers.set(field.name(), field.value()));
        boolean bodiless = bytes.length == 0 || exchange.getRequestMethod().equals("HEAD");
        if (bodiless && bytes.length > 0) {
            headers.set("Content-Length", Integer.toString(bytes.length));
        }
        exchange.sendResponseHeaders(status, bodiless ? -1 : bytes.length);
        if (!bodiless) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }
}
