package io.portask.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portask.broker.Broker;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.net.ProtocolSession;
import io.portask.net.testing.FakeConnection;
import io.portask.record.Message;
import io.portask.store.contract.HeldStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a large answer costs is done in pieces, between which a connection's thread can do other work. */
class LargeAnswersTest {
    private static final int MESSAGES = 30;
    private static final String TEXT = "0123456789".repeat(3_000);

    private final HeldStore held = new HeldStore();
    private final Broker broker = Broker.builder().store(held.store()).build();
    private final FakeConnection connection = new FakeConnection();

    @BeforeEach
    void open() {
        broker.start();
        broker.publishAll(Collections.nCopies(MESSAGES, Message.of("t", TEXT)));
        ProtocolSession session = RestApi.builder(broker)
                .build()
                .addTo(HttpProtocol.builder(HttpConfig.defaults(), new SimpleMeterRegistry()))
                .build()
                .open(connection);
        connection.attach(session);
    }

    @AfterEach
    void close() {
        broker.close();
        assertThat(held.openResults).isZero();
    }

    private void fetch(String fields) {
        String request = "GET /api/v1/messages?topic=t HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
        connection.receive(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
    }

    private static int messages(String body) {
        return body.split(TEXT, -1).length - 1;
    }

    @Test
    void messagesBecomeJsonInPieces() {
        fetch("");
        assertThat(connection.takeWritten().hasRemaining()).isFalse();
        connection.runTasks();
        assertThat(messages(
                        StandardCharsets.UTF_8.decode(connection.takeWritten()).toString()))
                .isEqualTo(MESSAGES);
    }

    @Test
    void whoLeavesInBetweenLeavesNothingBehind() {
        fetch("");
        assertThat(held.openResults).isEqualTo(1);
        connection.close(new PortaskException(ErrorCode.CONNECTION_LOST, "gone"));
        assertThat(held.openResults).isZero();
    }

    @Test
    void aBodyIsCompressedInPieces() throws Exception {
        HttpHandlerOfText text = new HttpHandlerOfText();
        FakeConnection other = new FakeConnection();
        other.attach(HttpProtocol.builder(HttpConfig.defaults(), new SimpleMeterRegistry())
                .inline("/", text)
                .build()
                .open(other));
        String request = "GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n";
        other.receive(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        append(all, other.takeWritten());
        assertThat(all.toString(StandardCharsets.ISO_8859_1)).doesNotContain("\r\n0\r\n\r\n");
        other.runTasks();
        append(all, other.takeWritten());
        byte[] body = unchunked(all.toByteArray());
        assertThat(new String(
                        new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo(text.body);
    }

    private static final class HttpHandlerOfText implements HttpHandler {
        final String body = TEXT.repeat(20);

        @Override
        public void handle(HttpExchange exchange) throws IOException {
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            Hosted.answer(exchange, body);
        }
    }

    private static void append(ByteArrayOutputStream all, ByteBuffer part) {
        byte[] bytes = new byte[part.remaining()];
        part.get(bytes);
        all.writeBytes(bytes);
    }

    private static byte[] unchunked(byte[] response) {
        String latin = new String(response, StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int at = latin.indexOf("\r\n\r\n") + 4; at < latin.length(); ) {
            int line = latin.indexOf("\r\n", at);
            int size = Integer.parseInt(latin.substring(at, line), 16);
            body.write(response, line + 2, size);
            at = line + 4 + size;
        }
        return body.toByteArray();
    }
}
