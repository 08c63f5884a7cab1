package io.portask.error;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** The one exception that Portask throws and completes its stages with. The message is one line for a person. */
public final class PortaskException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public PortaskException(ErrorCode code, String message) {
        this(code, message, null);
    }

    public PortaskException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }

    /**
     * The Portask error behind any throwable: unwraps what futures wrap, and names everything unknown {@link
     * ErrorCode#INTERNAL_ERROR} with the throwable as its cause.
     */
    public static PortaskException of(Throwable error) {
        Throwable current = unwrapped(error);
        return current instanceof PortaskException known
                ? known
                : new PortaskException(ErrorCode.INTERNAL_ERROR, "Internal error: " + current, current);
    }

    /** What is inside of the exceptions that the JDK's futures wrap around others. */
    public static Throwable unwrapped(Throwable error) {
        Throwable current = error;
        while ((current instanceof CompletionException || current instanceof ExecutionException)
                && current.getCause() != null) {
            current = current.getCause();
        }
        return current;
    }
}
