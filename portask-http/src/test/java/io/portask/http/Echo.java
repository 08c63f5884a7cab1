package io.portask.http;

import com.sun.net.httpserver.Headers;
import io.portask.error.PortaskException;
import io.portask.http.exchange.Problem;
import io.portask.http.exchange.UpgradeAnswer;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** What an upgraded connection may speak: it greets, then sends back what it gets. */
final class Echo implements ProtocolSession {
    static final CompletableFuture<PortaskException> CLOSED = new CompletableFuture<>();

    private final Connection connection;

    private Echo(Connection connection) {
        this.connection = connection;
        connection.write(ByteBuffer.wrap("welcome ".getBytes(StandardCharsets.US_ASCII)));
    }

    static UpgradeAnswer answer(String method, URI uri, Headers headers, Connection connection) {
        Headers answer = new Headers();
        answer.set("Upgrade", "echo");
        return "echo".equals(headers.getFirst("Upgrade"))
                ? new UpgradeAnswer.Accepted(answer, Echo::new)
                : new UpgradeAnswer.Refused(Problem.of(426, "Only echo is spoken here"), answer);
    }

    @Override
    public int onBytes(ByteBuffer bytes) {
        connection.write(bytes);
        return 0;
    }

    @Override
    public void onIdle(int silentPeriods) {}

    @Override
    public void onShutdown() {}

    @Override
    public void onClosed(PortaskException reason) {
        CLOSED.complete(reason);
    }
}
