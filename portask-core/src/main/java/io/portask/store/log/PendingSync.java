package io.portask.store.log;

import io.portask.error.PortaskException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A result that is true once a force has succeeded. */
final class PendingSync<T> extends CompletableFuture<T> {
    private final T result;

    PendingSync(T result) {
        this.result = result;
    }

    void finish(@Nullable PortaskException failure) {
        if (failure == null) {
            complete(result);
        } else {
            completeExceptionally(failure);
        }
    }
}
