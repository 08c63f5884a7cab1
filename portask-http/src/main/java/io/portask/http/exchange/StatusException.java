package io.portask.http.exchange;

/** Why a request is answered with a status that no {@link io.portask.error.ErrorCode} stands for. */
public final class StatusException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /** @param message one line that a client may read */
    public StatusException(int status, String message) {
        super(message);
        this.status = status;
    }

    public int status() {
        return status;
    }
}
