package io.portask.launcher;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A WebSocket of a client that waits for each message. One thread. */
final class DemoSocket implements AutoCloseable {
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final Duration patience;
    private final WebSocket socket;

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder partial = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                messages.add(partial.toString());
                partial.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    DemoSocket(HttpClient client, String address, Duration patience) {
        this.patience = patience;
        socket = client.newWebSocketBuilder()
                .subprotocols("portask.v1.json")
                .connectTimeout(patience)
                .buildAsync(URI.create("ws://" + address + "/ws"), new Listener())
                .join();
    }

    void send(String json) {
        socket.sendText(json, true).join();
    }

    String next() throws IOException, InterruptedException {
        String message = messages.poll(patience.toSeconds(), TimeUnit.SECONDS);
        if (message == null) {
            throw new IOException("Nothing came over the WebSocket for " + patience.toSeconds() + " s");
        }
        return message;
    }

    @Override
    public void close() {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    }
}
