package io.portask.http.exchange;

/** Some messages of a request were published before it failed; its cause says how. */
public final class PartlyPublishedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Exception reason;
    private final long published;

    public PartlyPublishedException(Exception reason, long published) {
        super(reason.getMessage() + said(published), reason);
        this.reason = reason;
        this.published = published;
    }

    Exception reason() {
        return reason;
    }

    /** The messages that were published, which are the first. */
    public long published() {
        return published;
    }

    static String said(long published) {
        return " (the first " + published + " messages were published)";
    }
}
