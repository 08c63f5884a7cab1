package io.portask.client;

import io.portask.error.PortaskException;
import io.portask.protocol.FrameType;
import io.portask.protocol.PayloadWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/** A request whose answer may come as several frames, each with a part of a list. */
final class ListCall<T> extends Request {
    private final FrameType type;
    private final Consumer<PayloadWriter> encoder;
    private final Function<ByteBuffer, List<T>> decoder;
    private final List<T> parts = new ArrayList<>();
    private final CompletableFuture<List<T>> answer = new CompletableFuture<>();

    ListCall(FrameType type, Consumer<PayloadWriter> encoder, Function<ByteBuffer, List<T>> decoder) {
        this.type = type;
        this.encoder = encoder;
        this.decoder = decoder;
    }

    CompletableFuture<List<T>> answer() {
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
    void onResponse(ByteBuffer payload, boolean last) {
        parts.addAll(decoder.apply(payload));
        if (last) {
            answer.complete(List.copyOf(parts));
        }
    }

    @Override
    void onFailure(PortaskException failure, boolean retriable) {
        answer.completeExceptionally(failure);
    }
}
