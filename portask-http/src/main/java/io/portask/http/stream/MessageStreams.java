package io.portask.http.stream;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.portask.broker.Broker;
import io.portask.broker.Cursor;
import io.portask.http.exchange.StreamingExchange;
import io.portask.record.StartPosition;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers exchanges with streams: on Portask's own server without a thread, on another one with the thread that called. Any
 * thread.
 */
public final class MessageStreams {
    /** Proxies commonly cut what is silent for 30 s or more. */
    private static final int HEARTBEAT_MS = 15_000;

    private final Broker broker;
    private final BiConsumer<HttpExchange, Throwable> refuse;

    /** @param refuse answers an exchange with an error */
    public MessageStreams(Broker broker, BiConsumer<HttpExchange, Throwable> refuse) {
        this.broker = broker;
        this.refuse = refuse;
    }

    /**
     * Follows a topic, from where {@code Last-Event-ID} says, or else {@code from}.
     *
     * @param partition {@link io.portask.record.Message#ANY_PARTITION} for all
     * @param from null for where the group committed, or without a group the newest
     * @param group whose committed positions count; null without one
     * @throws io.portask.error.PortaskException INVALID_REQUEST if it does not fit together
     */
    public HttpHandler follow(
            String topic, int partition, @Nullable StartPosition from, @Nullable String group, HttpExchange asked) {
        StreamRequest request = StreamRequest.of(topic, partition, from, group, asked.getRequestHeaders());
        return exchange -> answer(exchange, request);
    }

    private void answer(HttpExchange exchange, StreamRequest request) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", request.format().contentType());
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.getResponseHeaders().set("Vary", "Accept");
        StreamingExchange pushed = StreamingExchange.of(exchange);
        if (pushed == null) {
            answerHere(exchange, request);
            return;
        }
        MessageStream stream = new MessageStream(request, pushed.connection()::execute);
        pushed.onDone(outcome -> stream.onGone());
        stream.open(broker)
                .whenComplete((cursors, error) -> pushed.connection().execute(() -> {
                    if (error != null) {
                        refuse.accept(exchange, error);
                    } else if (isHead(exchange)) {
                        pushed.startStream(200).close();
                    } else {
                        PushedOutlet.begin(stream, cursors, pushed, HEARTBEAT_MS);
                    }
                }));
    }

    private void answerHere(HttpExchange exchange, StreamRequest request) throws IOException {
        BlockingOutlet outlet = new BlockingOutlet();
        MessageStream stream = new MessageStream(request, outlet);
        List<Cursor> cursors;
        try {
            cursors = stream.open(broker).toCompletableFuture().join();
        } catch (CompletionException e) {
            refuse.accept(exchange, e);
            return;
        }
        exchange.sendResponseHeaders(200, isHead(exchange) ? -1 : 0);
        if (!isHead(exchange)) {
            outlet.run(stream, exchange.getResponseBody(), () -> stream.begin(cursors, outlet), HEARTBEAT_MS);
        }
        exchange.close();
    }

    private static boolean isHead(HttpExchange exchange) {
        return exchange.getRequestMethod().equals("HEAD");
    }
}
