package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Waits for stages on behalf of the blocking twins. */
final class Blocking {
    private Blocking() {}

    static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw asThrownHere(PortaskException.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PortaskException(ErrorCode.INTERRUPTED, "Interrupted while waiting", e);
        }
    }

    /** A new exception, so that the stack trace shows the caller; the cause keeps where it happened. */
    private static PortaskException asThrownHere(PortaskException failure) {
        String message = failure.getMessage();
        return new PortaskException(failure.code(), message == null ? "" : message, failure);
    }
}
