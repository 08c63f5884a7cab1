package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pages of a browser: of the server itself, of an origin that may call it, and of one that may not. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChromiumClientTest {
    private static final byte[] PAGE = "<!doctype html><title>A page</title>".getBytes(StandardCharsets.UTF_8);
    /** Keeps what is logged, as a line of JSON for each. */
    private static final String LOG = "globalThis.logged = []; "
            + "console.log = (...all) => { logged.push(all.map((each) => JSON.stringify(each)).join(' ')); }; 'ready'";
    /** Has something done again and again until so many lines are logged, then gives them. */
    private static final String UNTIL_LOGGED = """
            new Promise((resolve) => {
              const timer = setInterval(async () => {
                %s
                if (logged.length >= %d) {
                  clearInterval(timer);
                  resolve(logged.join("\\n"));
                }
              }, 10);
            })
            """;

    private static final String WEB_SOCKET_REFUSED = """
            new Promise((resolve) => {
              const refused = new WebSocket("ws://%s/ws", "portask.v1.json");
              refused.onopen = () => resolve("open");
              refused.onclose = ({code}) => resolve("closed with " + code);
            })
            """;

    private HttpServer allowed;
    private HttpServer stranger;
    private ServerProcess server;
    private ServerProcess guarded;
    private Chromium browser;

    @BeforeAll
    void start(@TempDir Path data, @TempDir Path guardedData, @TempDir Path profile) throws Exception {
        ForeignClient.CHROMIUM.assumed();
        allowed = pages();
        stranger = pages();
        server = ServerProcess.start(data, "--cors-origin", origin(allowed));
        guarded = ServerProcess.start(guardedData, "--cors-origin", origin(allowed), "--auth-token", "TOKEN");
        browser = Chromium.start(profile);
    }

    @AfterAll
    void stop() throws Exception {
        for (AutoCloseable each : new AutoCloseable[] {browser, guarded, server}) {
            if (each != null) {
                each.close();
            }
        }
        for (HttpServer each : new HttpServer[] {allowed, stranger}) {
            if (each != null) {
                each.stop(0);
            }
        }
    }

    /** Somebody else's web server. */
    private static HttpServer pages() throws IOException {
        HttpServer pages = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        pages.createContext("/", exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, PAGE.length);
            exchange.getResponseBody().write(PAGE);
            exchange.close();
        });
        pages.start();
        return pages;
    }

    private static String origin(HttpServer pages) {
        return "http://127.0.0.1:" + pages.getAddress().getPort();
    }

    /** A code block of a document by what stands in it, with the server's address. */
    private static String snippet(String document, String containing, ServerProcess at) throws IOException {
        List<String> found = DocumentBlocks.of(document, "js").stream()
                .filter(block -> block.contains(containing))
                .toList();
        assertThat(found).hasSize(1);
        return DocumentBlocks.at(at.httpAddress(), found.get(0));
    }

    private String publishing(String topic, String text) {
        return "fetch('http://" + server.httpAddress()
                + "/api/v1/messages/publish', {method: 'POST', body: '{\"topic\":\"" + topic + "\",\"text\":\"" + text
                + "\"}'})";
    }

    private void openPage(String url) throws InterruptedException {
        browser.open(url);
        browser.type(LOG);
    }

    @Test
    void theSnippetOfTheReadmeWorksInTheConsoleOfTheServersOwnPage() throws Exception {
        String address = server.httpAddress().replace("127.0.0.1", "localhost");
        openPage("http://" + address + "/health");
        browser.type(snippet("README.md", "location.host", server));
        assertThat(browser.type(UNTIL_LOGGED.formatted("", 1))).isEqualTo("\"orders:0:0\" {\"total\":11}");
    }

    @Test
    void aPageOfAnAllowedOriginPublishesAndGetsMessages() throws Exception {
        openPage(origin(allowed));
        browser.type(snippet("docs/HTTP.md", "from: \"latest\"", server).replace("\"orders\"", "\"allowed\""));
        assertThat(browser.type(UNTIL_LOGGED.formatted("", 1))).isEqualTo("\"allowed:0:0\" {\"total\":10.5}");
        assertThat(browser.type(publishing("allowed", "by fetch") + ".then((answer) => answer.text())"))
                .isEqualTo(
                        "{\"id\":\"allowed:0:1\",\"topic\":\"allowed\",\"partition\":0,\"offset\":1,\"ack\":\"synced\"}");
        assertThat(browser.type(UNTIL_LOGGED.formatted("", 2))).endsWith("\n\"allowed:0:1\" \"by fetch\"");
    }

    @Test
    void aPageReadsWhatWasRefusedAndWhichRequestItWas() throws Exception {
        openPage(origin(allowed));
        assertThat(
                        browser.type(
                                "fetch('http://" + server.httpAddress()
                                        + "/api/v1/messages/nobody:0:0', {method: 'DELETE', headers: {'x-request-id': 'mine'}})"
                                        + ".then(async (answer) => [answer.headers.get('x-request-id'), (await answer.json()).code].join())"))
                .isEqualTo("mine,UNKNOWN_TOPIC");
    }

    @Test
    void aPageFollowsEvents() throws Exception {
        openPage(origin(allowed));
        browser.type(publishing("events", "first") + ".then((answer) => answer.text())");
        browser.type(snippet("docs/HTTP.md", "EventSource", server).replace("/orders/", "/events/"));
        String publishWhenOpen = "if (events.readyState === 1) await " + publishing("events", "next") + ";";
        assertThat(browser.type(UNTIL_LOGGED.formatted(publishWhenOpen, 1))).startsWith("\"events:0:");
    }

    @Test
    void aPageShowsItsTokenAsASubProtocol() throws Exception {
        openPage(origin(allowed));
        browser.type(snippet("docs/HTTP.md", "portask.bearer.", guarded));
        assertThat(browser.type("new Promise((resolve) => { socket.onopen = () => resolve(socket.protocol); "
                        + "socket.onclose = () => resolve('closed'); if (socket.readyState === 1) socket.onopen(); })"))
                .isEqualTo("portask.v1.json");
        assertThat(browser.type(WEB_SOCKET_REFUSED.formatted(guarded.httpAddress())))
                .isEqualTo("closed with 1006");
    }

    @Test
    void aPageOfAnotherOriginIsRefused() throws Exception {
        openPage(origin(stranger));
        assertThat(browser.type(publishing("refused", "x") + ".then(() => 'answered', (error) => error.name)"))
                .isEqualTo("TypeError");
        assertThat(browser.type(publishing("refused", "x").replace("{method", "{mode: 'no-cors', method")
                        + ".then((answer) => answer.type, (error) => error.name)"))
                .isIn("opaque", "TypeError");
        assertThat(browser.type(WEB_SOCKET_REFUSED.formatted(server.httpAddress())))
                .isEqualTo("closed with 1006");
        HttpRequest topics = HttpRequest.newBuilder(URI.create("http://" + server.httpAddress() + "/api/v1/topics"))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(topics, BodyHandlers.ofString())
                        .body())
                .startsWith("{\"topics\":[")
                .doesNotContain("refused");
    }
}
