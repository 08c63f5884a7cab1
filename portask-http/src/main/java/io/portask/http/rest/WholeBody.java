package io.portask.http.rest;

import io.portask.http.exchange.BodyException;
import io.portask.http.exchange.RequestBodyConsumer;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Collects a body that is pushed, up to one byte more than a limit. */
final class WholeBody implements RequestBodyConsumer {
    private final int maxBytes;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Consumer<byte[]> whole;
    private final Consumer<BodyException> failed;

    WholeBody(int maxBytes, Consumer<byte[]> whole, Consumer<BodyException> failed) {
        this.maxBytes = maxBytes;
        this.whole = whole;
        this.failed = failed;
    }

    @Override
    public void onBytes(ByteBuffer part) {
        byte[] copy = new byte[Math.min(part.remaining(), maxBytes + 1 - bytes.size())];
        part.get(copy);
        bytes.writeBytes(copy);
    }

    @Override
    public void onEnd() {
        whole.accept(bytes.toByteArray());
    }

    @Override
    public void onFailed(BodyException reason) {
        failed.accept(reason);
    }
}
