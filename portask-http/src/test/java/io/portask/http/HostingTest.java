package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HostingTest {
    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Test
    void aGetIsAnswered() throws Exception {
        try (Hosted hosted = new Hosted(http -> http.inline("/hello", exchange -> answer(exchange, "world")))) {
            HttpResponse<String> response = hosted.get("/hello");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("world");
            assertThat(response.headers().firstValue("date")).isPresent();
        }
    }

    @Test
    void whatNobodyServesIsAProblem() throws Exception {
        try (Hosted hosted = new Hosted(http -> {})) {
            HttpResponse<String> response = hosted.get("/nowhere");

            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(response.headers().firstValue("content-type")).hasValue("application/problem+json");
            assertThat(response.body()).contains("\"status\":404");
        }
    }
}
