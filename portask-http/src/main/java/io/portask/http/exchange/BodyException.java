package io.portask.http.exchange;

import java.io.IOException;

/** A request's body that did not arrive as it should: too large, too slow, broken, or cut off. */
public final class BodyException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    public BodyException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** The status of the answer that fits. */
    public int status() {
        return status;
    }
}
