package io.portask.http;

import static io.portask.http.TestJson.array;
import static io.portask.http.TestJson.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.portask.http.RestProbe.Reply;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The examples of the OpenAPI document are run; requests and answers are what it says. */
class OpenApiExamplesTest {
    private static final String STREAM = "stream";

    /** What the memory store cannot do. */
    private static final List<String> REFUSED = List.of("scrub");

    private final RestProbe rest = new RestProbe();
    private Hosted hosted;
    private Map<String, Object> document;
    private Map<String, Object> schemas;

    @BeforeEach
    void start() throws Exception {
        hosted = new Hosted(rest.api::addTo);
        rest.servedAt(hosted.server.address());
        document = rest.get("/api/v1/openapi.json").is(200).json();
        schemas = object(object(document.get("components")).get("schemas"));
        rest.publish("orders", "first");
    }

    @AfterEach
    void stop() {
        hosted.close();
        rest.close();
    }

    @Test
    void everyOperationAnswersAsDocumented() throws Exception {
        List<Runnable> deletions = new ArrayList<>();
        for (Map.Entry<String, Object> path : object(document.get("paths")).entrySet()) {
            for (Map.Entry<String, Object> method : object(path.getValue()).entrySet()) {
                Map<String, Object> operation = object(method.getValue());
                if (method.getKey().equals("delete")) {
                    deletions.add(() -> run(path.getKey(), method.getKey(), operation));
                } else if (!operation.get("operationId").equals(STREAM)) {
                    run(path.getKey(), method.getKey(), operation);
                }
            }
        }
        deletions.forEach(Runnable::run);
    }

    private void run(String template, String method, Map<String, Object> operation) {
        String name = (String) operation.get("operationId");
        String target = target(template, operation);
        Map<String, Object> bodies = operation.containsKey("requestBody")
                ? object(object(operation.get("requestBody")).get("content"))
                : Map.of();
        try {
            if (bodies.isEmpty()) {
                check(name, operation, rest.send(request(target, method, "")));
            }
            for (Map.Entry<String, Object> body : bodies.entrySet()) {
                Map<String, Object> content = object(body.getValue());
                Object example = content.get("example");
                assertThat(SchemaCheck.problems(schemas, object(content.get("schema")), example))
                        .as("example of " + name)
                        .isEmpty();
                String text = example instanceof String plain ? plain : TestJson.write(example);
                check(
                        name,
                        operation,
                        rest.send(request(target, method, text)
                                .header("Content-Type", body.getKey().replace("*/*", "text/x-any"))));
            }
        } catch (Exception e) {
            throw new AssertionError(name, e);
        }
    }

    private HttpRequest.Builder request(String target, String method, String body) {
        return rest.request(target)
                .method(
                        method.toUpperCase(Locale.ROOT),
                        body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    }

    private static String target(String template, Map<String, Object> operation) {
        String path = template;
        List<String> query = new ArrayList<>();
        for (Object each : array(operation.getOrDefault("parameters", List.of()))) {
            Map<String, Object> parameter = object(each);
            Object example = parameter.get("example");
            if (example != null) {
                String text = URLEncoder.encode(example.toString(), StandardCharsets.UTF_8);
                if (parameter.get("in").equals("path")) {
                    path = path.replace("{" + parameter.get("name") + "}", text);
                } else {
                    query.add(parameter.get("name") + "=" + text);
                }
            }
        }
        return query.isEmpty() ? path : path + "?" + String.join("&", query);
    }

    private void check(String name, Map<String, Object> operation, Reply reply) {
        Map<String, Object> responses = new LinkedHashMap<>(object(operation.get("responses")));
        int status = reply.response().statusCode();
        assertThat(status < 400).as(name + ": " + reply.body()).isNotEqualTo(REFUSED.contains(name));
        Map<String, Object> response =
                object(status < 400 ? responses.get(Integer.toString(status)) : responses.get("default"));
        assertThat(response).as(name + " answered " + status).isNotNull();
        if (response.containsKey("$ref")) {
            response = object(
                    object(object(document.get("components")).get("responses")).get("Problem"));
        }
        if (!response.containsKey("content")) {
            assertThat(reply.body()).as(name).isEmpty();
            return;
        }
        String type = reply.field("content-type").split(";")[0];
        Map<String, Object> content = object(object(response.get("content")).get(type));
        assertThat(content).as(name + " answered " + type).isNotNull();
        if (type.endsWith("json")) {
            assertThat(SchemaCheck.problems(schemas, object(content.get("schema")), reply.json()))
                    .as(name + ": " + reply.body())
                    .isEmpty();
        }
    }

    @Test
    void metricsAsJsonAreAsDocumented() throws Exception {
        Reply metrics = rest.send(rest.request("/metrics").header("Accept", "application/json"));
        assertThat(SchemaCheck.problems(schemas, object(schemas.get("Metrics")), metrics.json()))
                .isEmpty();
    }

    @Test
    void everySchemaIsUsed() {
        String text = TestJson.write(document);
        assertThat(schemas.keySet()).allSatisfy(name -> assertThat(text).contains("schemas/" + name + "\""));
    }
}
