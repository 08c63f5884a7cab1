package io.portask.http.admin;

/** What a server is doing, as {@code /health/ready} tells it. */
public enum ServerState {
    STARTING,
    READY,
    /** Finishing what is in flight before it stops. */
    DRAINING
}
