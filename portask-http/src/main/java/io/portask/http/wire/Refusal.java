package io.portask.http.wire;

/** Leaves the decoder's inner parts when a request must be refused. */
final class Refusal extends RuntimeException {
    static final int BAD_REQUEST = 400;
    static final int CONTENT_TOO_LARGE = 413;
    static final int URI_TOO_LONG = 414;
    static final int EXPECTATION_FAILED = 417;
    static final int HEAD_TOO_LARGE = 431;
    static final int NOT_IMPLEMENTED = 501;
    static final int VERSION_NOT_SUPPORTED = 505;

    private static final long serialVersionUID = 1L;

    private final int status;

    Refusal(int status, String reason) {
        super(reason, null, false, false);
        this.status = status;
    }

    static Refusal bad(String reason) {
        return new Refusal(BAD_REQUEST, reason);
    }

    int status() {
        return status;
    }
}
