package io.portask.client;

/** What the client's thread does while there is nothing to do. */
public enum IdleMode {
    /** Sleeps until bytes or work arrive: no processor time while idle. */
    BLOCK,
    /** Looks again and again before it sleeps for a moment: the shortest latency, paid with processor time. */
    SPIN
}
