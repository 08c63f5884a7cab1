package io.portask.http.rest;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.portask.http.exchange.BodyException;
import io.portask.http.exchange.RequestBodyConsumer;
import io.portask.http.exchange.StatusException;
import io.portask.http.exchange.StreamingExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Collects a body up to a limit, and answers to it. A larger one is refused before the rest of it has come. */
final class WholeBody implements RequestBodyConsumer {
    private final HttpExchange exchange;
    private final int maxBytes;
    private final String what;
    private final Function<byte[], CompletionStage<RestAnswer>> answer;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private WholeBody(
            HttpExchange exchange, int maxBytes, String what, Function<byte[], CompletionStage<RestAnswer>> answer) {
        this.exchange = exchange;
        this.maxBytes = maxBytes;
        this.what = what;
        this.answer = answer;
    }

    /**
     * @param pushed where the body is pushed; null where it is read
     * @param what has a limit, in the text of the error
     */
    static void receive(
            HttpExchange exchange,
            @Nullable StreamingExchange pushed,
            int maxBytes,
            String what,
            Function<byte[], CompletionStage<RestAnswer>> answer)
            throws IOException {
        WholeBody body = new WholeBody(exchange, maxBytes, what, answer);
        if (pushed != null) {
            if (awaitedBytes(exchange) > maxBytes) {
                throw body.tooLarge();
            }
            pushed.receiveBody(body);
            return;
        }
        byte[] whole = exchange.getRequestBody().readNBytes(maxBytes + 1);
        if (whole.length > maxBytes) {
            throw body.tooLarge();
        }
        RestRouter.answer(exchange, answer.apply(whole));
    }

    /**
     * How much the client will send when it is asked to, so that it is not asked in vain; 0 where it does not wait. One that does
     * not is half through, and would lose its answer to a reset.
     */
    private static long awaitedBytes(HttpExchange exchange) {
        Headers fields = exchange.getRequestHeaders();
        String declared = fields.getFirst("Content-Length");
        return declared == null || !fields.containsKey("Expect") ? 0 : Long.parseLong(declared);
    }

    private StatusException tooLarge() {
        return new StatusException(413, what + " has up to " + maxBytes + " bytes here");
    }

    @Override
    public void onBytes(ByteBuffer part) {
        if (part.remaining() > maxBytes - bytes.size()) {
            throw tooLarge();
        }
        byte[] copy = new byte[part.remaining()];
        part.get(copy);
        bytes.writeBytes(copy);
    }

    @Override
    public void onEnd() {
        RestRouter.answer(exchange, answer.apply(bytes.toByteArray()));
    }

    @Override
    public void onFailed(BodyException reason) {
        RestRouter.fail(exchange, reason);
    }
}
