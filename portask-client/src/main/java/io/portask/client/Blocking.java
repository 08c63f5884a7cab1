package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Waits for stages on behalf of the blocking twins. */
final class Blocking {
    private Blocking() {}

    /** @throws PortaskException {@link ErrorCode#UNSUPPORTED_OPERATION} on the loop's thread, which would wait for itself */
    static <T extends @Nullable Object> T await(ClientLoop loop, CompletionStage<T> stage) {
        checkMayWait(loop);
        try {
            return stage.toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw asThrownHere(PortaskException.of(e));
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    static void checkMayWait(ClientLoop loop) {
        if (loop.isLoopThread()) {
            throw new PortaskException(
                    ErrorCode.UNSUPPORTED_OPERATION,
                    "A callback of the client must not wait for the client; use the method that ends in Async");
        }
    }

    /** 0 to what can be added to the clock. */
    static long nanosOf(Duration timeout) {
        try {
            return Math.max(0, Math.min(timeout.toNanos(), Long.MAX_VALUE / 2));
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE / 2;
        }
    }

    static PortaskException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new PortaskException(ErrorCode.INTERRUPTED, "Interrupted while waiting", cause);
    }

    /** A new exception, so that the stack trace shows the caller; the cause keeps where it happened. */
    static PortaskException asThrownHere(PortaskException failure) {
        String message = failure.getMessage();
        return new PortaskException(failure.code(), message == null ? "" : message, failure);
    }
}
