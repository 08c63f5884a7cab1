package io.portask.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A browser without a window, in a process of its own, that shows one page at a time and is driven through the Chrome DevTools
 * Protocol. One thread.
 */
final class Chromium implements AutoCloseable {
    private static final Pattern DEVTOOLS = Pattern.compile("DevTools listening on (ws://127\\.0\\.0\\.1:\\d+/\\S+)");
    private static final int PATIENCE_SECONDS = 10;
    private static final JsonFactory JSON = new JsonFactory();

    private final Process process;
    private final SocketMessages messages = new SocketMessages();
    private final WebSocket socket;
    private final String session;
    private int lastId;

    private Chromium(Process process, URI devtools) throws InterruptedException {
        this.process = process;
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(devtools, messages)
                .join();
        String target = at(call("Target.createTarget", "\"url\":\"about:blank\""), "/result/targetId");
        session = at(
                call("Target.attachToTarget", "\"flatten\":true,\"targetId\":\"" + target + "\""), "/result/sessionId");
        call("Page.enable", "");
    }

    /** @param profile an empty directory for what a browser keeps */
    static Chromium start(Path profile) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                ForeignClient.CHROMIUM.assumed(),
                "--headless=new",
                "--no-sandbox",
                "--no-proxy-server",
                "--no-first-run",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--user-data-dir=" + profile,
                "--remote-debugging-port=0"));
        builder.environment().put("TMPDIR", profile.toString());
        Process process = builder.redirectErrorStream(true).start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        StringBuilder seen = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.append(line).append('\n');
            Matcher devtools = DEVTOOLS.matcher(line);
            if (devtools.find()) {
                Thread drain = new Thread(() -> drain(process), "chromium-output");
                drain.setDaemon(true);
                drain.start();
                return new Chromium(process, URI.create(devtools.group(1)));
            }
        }
        throw new IOException("Chromium did not start: " + seen);
    }

    private static void drain(Process process) {
        try {
            process.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // It has ended.
        }
    }

    /** Shows a page, and waits until it is loaded. */
    void open(String url) throws InterruptedException {
        String answer = call("Page.navigate", "\"url\":" + MessageDocument.quoted(url));
        assertThat(at(answer, "/result/errorText")).as("opening %s", url).isNull();
        String event;
        do {
            event = messages.next();
        } while (!"Page.loadEventFired".equals(at(event, "/method")));
    }

    /** Types something into the page's console; returns its value, or what it is a promise of, as text. */
    String type(String script) throws InterruptedException {
        String answer = call(
                "Runtime.evaluate",
                "\"awaitPromise\":true,\"returnByValue\":true,\"expression\":" + MessageDocument.quoted(script));
        assertThat(at(answer, "/result/exceptionDetails/exception/description"))
                .as(script)
                .isNull();
        return at(answer, "/result/result/value");
    }

    private String call(String method, String parameters) throws InterruptedException {
        int id = ++lastId;
        String inSession = session == null ? "" : ",\"sessionId\":\"" + session + "\"";
        socket.sendText(
                        "{\"id\":" + id + inSession + ",\"method\":\"" + method + "\",\"params\":{" + parameters + "}}",
                        true)
                .join();
        String answer;
        do {
            answer = messages.next();
        } while (!Integer.toString(id).equals(at(answer, "/id")));
        assertThat(at(answer, "/error/message")).as(method).isNull();
        return answer;
    }

    /** A scalar of a document by its JSON pointer, or null. */
    private static String at(String document, String pointer) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), document)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()
                        && parser.streamReadContext().pathAsPointer().toString().equals(pointer)) {
                    return parser.getString();
                }
            }
            return null;
        }
    }

    @Override
    public void close() throws InterruptedException {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroy();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        for (ProcessHandle each : all) {
            each.destroyForcibly();
            each.onExit().join();
        }
    }
}
