package io.portask.client;

import io.portask.error.PortaskException;
import io.portask.protocol.FrameType;
import io.portask.protocol.PayloadWriter;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A request whose answer is one frame and completes a future, on the loop's thread. */
final class Call<T extends @Nullable Object> extends Request {
    private final FrameType type;
    private final Consumer<PayloadWriter> encoder;
    private final Function<ByteBuffer, T> decoder;
    private final int extraTimeMs;
    private final CompletableFuture<T> answer;

    Call(FrameType type, Consumer<PayloadWriter> encoder, Function<ByteBuffer, T> decoder) {
        this(type, encoder, decoder, 0);
    }

    Call(FrameType type, Consumer<PayloadWriter> encoder, Function<ByteBuffer, T> decoder, int extraTimeMs) {
        this(type, encoder, decoder, extraTimeMs, new CompletableFuture<>());
    }

    /** @param answer completed by the answer */
    Call(
            FrameType type,
            Consumer<PayloadWriter> encoder,
            Function<ByteBuffer, T> decoder,
            CompletableFuture<T> answer) {
        this(type, encoder, decoder, 0, answer);
    }

    private Call(
            FrameType type,
            Consumer<PayloadWriter> encoder,
            Function<ByteBuffer, T> decoder,
            int extraTimeMs,
            CompletableFuture<T> answer) {
        this.type = type;
        this.encoder = encoder;
        this.decoder = decoder;
        this.extraTimeMs = extraTimeMs;
        this.answer = answer;
    }

    CompletableFuture<T> answer() {
        return answer;
    }

    @Override
    FrameType type() {
        return type;
    }

    @Override
    void encode(PayloadWriter out) {
        encoder.accept(out);
    }

    @Override
    int extraTimeMs() {
        return extraTimeMs;
    }

    @Override
    void onResponse(ByteBuffer payload, boolean last) {
        answer.complete(decoder.apply(payload));
    }

    @Override
    void onFailure(PortaskException failure, boolean retriable) {
        answer.completeExceptionally(failure);
    }
}
