package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every resource, asked by curl for what it does. The requests build on each other. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CurlResourcesClientTest {
    private static final String JSON = "-H 'Accept: application/json' ";

    private ServerProcess server;
    private Curl curl;

    /** A command line behind {@code curl }, where the path stands for the address too, and what it answers. */
    private record Request(String command, int status, String... contained) {}

    private static Request of(String command, int status, String... contained) {
        return new Request(command, status, contained);
    }

    private static final List<Request> REQUESTS = List.of(
            of("/health", 200, "{\"status\":\"up\",\"state\":\"ready\"", "\"store\":{\"available\":true"),
            of("/health/live", 200, "{\"status\":\"up\"}"),
            of("/health/ready", 200, "\"state\":\"ready\""),
            of("/api/v1/topics -d '{\"name\":\"t\",\"partitions\":2}'", 201, "{\"name\":\"t\"", "\"partition\":1"),
            of("/api/v1/topics -d '{\"name\":\"t\"}'", 409, "\"code\":\"TOPIC_EXISTS\""),
            of("/api/v1/topics", 200, "{\"topics\":[{\"name\":\"t\""),
            of("-X PATCH /api/v1/topics/t -d '{\"retentionMs\":60000}'", 200, "\"retentionMs\":60000"),
            of("/api/v1/topics/t", 200, "\"retentionMs\":60000,\"retentionBytes\":null", "\"endOffset\":0"),
            of(
                    "/api/v1/messages/publish -d '{\"topic\":\"t\",\"partition\":0,\"key\":\"k\",\"value\":{\"a\": 1.0},"
                            + "\"headers\":[{\"name\":\"h\",\"value\":\"v\"}],\"ack\":\"written\"}'",
                    200,
                    "{\"id\":\"t:0:0\",\"topic\":\"t\",\"partition\":0,\"offset\":0,\"ack\":\"written\"}"),
            of(
                    "/api/v1/messages/publish -d '{\"topic\":\"t\",\"messages\":[{\"partition\":0,\"text\":\"é\"},"
                            + "{\"partition\":0,\"valueBase64\":\"AP8=\"}]}'",
                    200,
                    "{\"messages\":[{\"id\":\"t:0:1\"",
                    "{\"id\":\"t:0:2\""),
            of(
                    "/api/v1/messages/publish -d '{\"topic\":\"t\",\"text\":\"a\",\"value\":1}'",
                    400,
                    "\"code\":\"INVALID_REQUEST\""),
            of(
                    "'/api/v1/topics/t/messages?partition=0' -H 'Content-Type: text/csv' --data-binary 'a;b'",
                    200,
                    "{\"id\":\"t:0:3\""),
            of(
                    "'/api/v1/topics/t/messages' -H 'Content-Type: application/x-ndjson' --data-binary "
                            + "'{\"partition\":1,\"text\":\"line\"}'",
                    200,
                    "\"messages\":1,\"ack\":\"synced\""),
            of(
                    "/api/v1/messages/fetch -d '{\"topic\":\"t\",\"partition\":0,\"offset\":1,\"limit\":2}'",
                    200,
                    "\"messages\":[{\"id\":\"t:0:1\"",
                    "\"text\":\"é\"",
                    "\"valueBase64\":\"AP8=\"}],\"nextOffset\":3}"),
            of(
                    "/api/v1/messages/fetch -d '{\"topic\":\"t\",\"partition\":0,\"offset\":4,\"maxWaitMs\":1}'",
                    200,
                    "\"messages\":[],\"nextOffset\":4}"),
            of(
                    "'/api/v1/messages?topic=t&partition=0&offset=0&limit=1'",
                    200,
                    "\"key\":\"k\",\"headers\":[{\"name\":\"h\",\"value\":\"v\"},{\"name\":\"content-type\","
                            + "\"value\":\"application/json\"}],\"value\":{\"a\":1.0}}],\"nextOffset\":1}"),
            of("'/api/v1/messages?topic=t&partition=0&from=latest'", 200, "\"messages\":[],\"nextOffset\":4}"),
            of("'/api/v1/messages?topic=t&partition=0&offset=9'", 416, "\"code\":\"OFFSET_OUT_OF_RANGE\""),
            of("/api/v1/messages/t:0:3", 200, "{\"name\":\"content-type\",\"value\":\"text/csv\"}],\"text\":\"a;b\"}"),
            of("-X DELETE /api/v1/messages/t:0:3", 204),
            of("/api/v1/messages/t:0:3", 404, "\"status\":404"),
            of("/api/v1/messages/nonsense", 400, "\"code\":\"INVALID_REQUEST\""),
            of("/api/v1/consumers/g/offsets -d '{\"offsets\":[{\"topic\":\"t\",\"partition\":0,\"offset\":1}]}'", 204),
            of("/api/v1/consumers", 200, "{\"consumer\":\"g\",\"topics\":[\"t\"],\"lag\":3}"),
            of("/api/v1/consumers/g", 200, "\"offset\":1,\"startOffset\":0,\"endOffset\":4,\"lag\":3}"),
            of(
                    "/api/v1/consumers/g/reset -d '{\"topic\":\"t\",\"to\":\"latest\",\"partition\":0}'",
                    200,
                    "\"offsets\":[{\"topic\":\"t\",\"partition\":0,\"offset\":4}]"),
            of("-X DELETE /api/v1/consumers/g", 204),
            of("/api/v1/consumers/g", 200, "{\"consumer\":\"g\",\"offsets\":[]}"),
            of("/api/v1/admin/trim -d '{\"topic\":\"t\",\"partition\":0,\"offset\":1}'", 200, "{\"startOffset\":1}"),
            of("/api/v1/admin/scrub -d '{\"topic\":\"t\"}'", 200, "{\"sound\":true,"),
            of("/api/v1/admin/config", 200, "\"log-level\":\"warn\""),
            of("-X PATCH /api/v1/admin/config -d '{\"log-level\":\"error\"}'", 200, "\"log-level\":\"error\""),
            of("/api/v1/connections", 200, "\"protocol\":\"http\"", "\"peer\":\"127.0.0.1:"),
            of("-X DELETE /api/v1/connections/1", 404, "There is no connection 1"),
            of("/metrics", 200, "# TYPE jvm_memory_used_bytes gauge", "portask_publish_records_total 5.0"),
            of("-H 'Accept: application/openmetrics-text' /metrics", 200, "# EOF"),
            of(JSON + "/metrics", 200, "{\"meters\":[{\"name\":\"", "portask.publish.records"),
            of("/api/v1/openapi.json", 200, "\"openapi\": \"3.1.0\"", "\"/api/v1/messages/publish\""),
            of("-I /api/v1/topics/t", 200, "Content-type: application/json"),
            of("-i -X OPTIONS /api/v1/topics", 204, "Allow: GET, HEAD, OPTIONS, POST"),
            of("-i -X PUT /api/v1/topics", 405, "Allow: GET, HEAD, OPTIONS, POST", "application/problem+json"),
            of("-H 'Content-Encoding: gzip' /api/v1/topics -d x", 415),
            of(JSON + "/nothing", 404, "\"status\":404"),
            of("-H 'Origin: https://evil.example' /api/v1/topics", 403),
            of("-X DELETE /api/v1/topics/t", 204),
            of("/api/v1/topics/t", 404, "\"code\":\"UNKNOWN_TOPIC\""),
            of("-X POST /api/v1/admin/shutdown", 202));

    @BeforeAll
    void start(@TempDir Path data, @TempDir Path home) throws IOException {
        ForeignClient.CURL.assumed();
        server = ServerProcess.start(data);
        curl = new Curl(server.httpAddress(), home);
    }

    @AfterAll
    void stop() throws InterruptedException {
        if (server != null) {
            server.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> requestsAreAnswered() {
        Stream<DynamicTest> answers = REQUESTS.stream()
                .map(request ->
                        dynamicTest(request.command() + " is " + request.status(), () -> assertAnswered(request)));
        return Stream.concat(
                answers,
                Stream.of(dynamicTest(
                        "the server has stopped",
                        () -> assertThat(server.exitCode()).isZero())));
    }

    private void assertAnswered(Request request) throws IOException {
        String command = request.command().replaceFirst("(?<=^| |')/(?=api|health|metrics|nothing)", "localhost:8080/");
        Curl.Answer answer = curl.run("curl " + command);
        assertThat(answer.status()).as(answer.body()).isEqualTo(request.status());
        for (String part : request.contained()) {
            assertThat(answer.body()).contains(part);
        }
    }
}
