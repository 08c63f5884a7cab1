package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How curl and a server move bodies and keep connections. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CurlTransferClientTest {
    private static final String NDJSON = " -H 'Content-Type: application/x-ndjson' ";

    private ServerProcess server;
    private Curl curl;
    private Path home;

    @BeforeAll
    void start(@TempDir Path data, @TempDir Path directory) throws IOException {
        ForeignClient.CURL.assumed();
        server = ServerProcess.start(data);
        home = directory;
        curl = new Curl(server.httpAddress(), home);
    }

    @AfterAll
    void stop() throws InterruptedException {
        if (server != null) {
            server.close();
        }
    }

    private String ok(String command) throws IOException {
        Curl.Answer answer = curl.run(command);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    @Test
    void anUploadOfUnknownLengthIsPublishedAsItComes() throws IOException {
        String answer = ok("seq 1 30000 | sed 's/.*/{\"text\":\"line &\"}/' | curl -X POST -T - -H 'Transfer-Encoding: "
                + "chunked'" + NDJSON + "localhost:8080/api/v1/topics/lines/messages");
        assertThat(answer).contains("\"messages\":30000,");
        assertThat(ok("curl localhost:8080/api/v1/messages/lines:0:29999")).contains("\"text\":\"line 30000\"");
    }

    @Test
    void aBodyIsAskedForBeforeItIsSent() throws IOException {
        assertThat(ok("curl -v -H 'Expect: 100-continue' localhost:8080/api/v1/topics/expected/messages -d body"))
                .contains("< HTTP/1.1 100 Continue", "< HTTP/1.1 200 OK", "{\"id\":\"expected:0:0\"");
    }

    @ParameterizedTest
    @CsvSource({"messages/publish, 17", "topics/expected/messages, 5"})
    void aBodyThatIsTooLargeIsNeverSent(String path, int mebibytes) throws IOException {
        Files.write(home.resolve("large"), new byte[mebibytes << 20]);
        Curl.Answer answer = curl.run("curl -v -H 'Expect: 100-continue' localhost:8080/api/v1/" + path
                + " --data-binary @" + home.resolve("large"));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.body()).doesNotContain("100 Continue").contains("\"status\":413");
    }

    @Test
    void bytesComeBackAsTheyWereSent() throws IOException {
        Path sent = Files.write(home.resolve("sent"), new byte[] {0, -1, 13, 10, 0x22, -61, 40});
        ok("curl -H 'Content-Type: application/octet-stream' --data-binary @" + sent
                + " localhost:8080/api/v1/topics/bytes/messages");
        assertThat(ok("curl localhost:8080/api/v1/messages/bytes:0:0")).contains("\"valueBase64\":\"AP8NCiLDKA==\"");
    }

    @Test
    void anOlderClientGetsOneResponseAndTheEndOfTheConnection() throws IOException {
        String version = "curl --http1.0 -i localhost:8080/";
        assertThat(ok(version + "health"))
                .contains("Connection: close", "Content-length: ")
                .doesNotContain("Transfer-encoding");
        assertThat(ok(version + "api/v1/openapi.json"))
                .contains("Connection: close")
                .doesNotContain("Transfer-encoding")
                .endsWith("}\n");
        assertThat(ok("curl --http1.0 localhost:8080/api/v1/topics/older/messages -d x"))
                .contains("older:0:0");
    }

    @Test
    void headHasTheFieldsOfGetWithoutItsBody() throws IOException {
        String fields = ok("curl -I localhost:8080/health").replaceAll("(?m)^(X-request-id|Date): .*\r\n", "");
        String whole = ok("curl -i localhost:8080/health").replaceAll("(?m)^(X-request-id|Date): .*\r\n", "");
        assertThat(fields).endsWith("\r\n\r\n");
        assertThat(whole).startsWith(fields).endsWith("}");
    }

    @Test
    void whatIsLargeIsCompressedForWhoAsks() throws IOException {
        String plain = ok("curl localhost:8080/api/v1/openapi.json");
        assertThat(ok("curl --compressed -i localhost:8080/api/v1/openapi.json"))
                .contains("Content-encoding: gzip", "Vary: Accept-Encoding")
                .endsWith(plain);
    }

    @Test
    void severalRequestsShareOneConnection() throws IOException {
        Curl.Answer last = curl.run("curl localhost:8080/health localhost:8080/nothing -I localhost:8080/metrics "
                + "localhost:8080/api/v1/openapi.json");
        assertThat(last.body())
                .contains("[status] 200 [connects] 1\n", "[status] 404 [connects] 0\n", "[status] 200 [connects] 0\n");
        assertThat(last.connects()).isZero();
    }

    @Test
    void eventsGoOnBehindTheLastOneThatWasSeen() throws IOException {
        for (int i = 0; i < 4; i++) {
            ok("curl localhost:8080/api/v1/topics/events/messages -d " + i);
        }
        String events = curl.follow(
                "curl -N -i -H 'Last-Event-ID: 0:2' localhost:8080/api/v1/topics/events/stream",
                line -> line.contains("\"offset\":3"));
        assertThat(events)
                .contains("Content-type: text/event-stream", "id: 0:2\n\nid: 0:3\ndata: {\"id\":\"events:0:2\"");
    }
}
