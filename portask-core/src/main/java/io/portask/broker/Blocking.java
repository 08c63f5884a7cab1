package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Waits for stages on behalf of the blocking twins. */
public final class Blocking {
    private Blocking() {}

    public static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw asThrownHere(PortaskException.of(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PortaskException(ErrorCode.INTERRUPTED, "Interrupted while waiting", e);
        }
    }

    /** As {@link #await(CompletionStage)}; where an interrupt ends the waiting, what comes later is closed. */
    public static <T> T await(CompletionStage<T> stage, Consumer<T> closer) {
        try {
            return await(stage);
        } catch (PortaskException e) {
            if (e.code() == ErrorCode.INTERRUPTED) {
                stage.thenAccept(closer);
            }
            throw e;
        }
    }

    /** A new exception, so that the stack trace shows the caller; the cause keeps where it happened. */
    private static PortaskException asThrownHere(PortaskException failure) {
        String message = failure.getMessage();
        return new PortaskException(failure.code(), message == null ? "" : message, failure);
    }
}
