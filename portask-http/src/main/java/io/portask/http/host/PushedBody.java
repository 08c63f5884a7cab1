package io.portask.http.host;

import io.portask.http.exchange.BodyException;
import io.portask.http.exchange.RequestBodyConsumer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A body that is given to a consumer part by part; dropped if the handler set none. */
final class PushedBody implements RequestBody {
    private @Nullable RequestBodyConsumer consumer;
    private boolean paused;

    void consumer(RequestBodyConsumer chosen) {
        consumer = chosen;
    }

    void paused(boolean now) {
        paused = now;
    }

    @Override
    public void onBytes(ByteBuffer part) throws IOException {
        if (consumer != null) {
            consumer.onBytes(part);
        }
    }

    @Override
    public void onEnd() throws IOException {
        if (consumer != null) {
            consumer.onEnd();
        }
    }

    @Override
    public void fail(BodyException reason) {
        if (consumer != null) {
            consumer.onFailed(reason);
        }
    }

    @Override
    public boolean wantsMore() {
        return !paused;
    }

    @Override
    public InputStream stream() {
        throw new IllegalStateException("The body of this exchange is pushed; StreamingExchange.receiveBody takes it");
    }
}
