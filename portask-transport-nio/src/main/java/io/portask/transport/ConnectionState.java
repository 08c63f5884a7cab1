package io.portask.transport;

/** The life of a connection: forward only. */
enum ConnectionState {
    /** No protocol has said yet that the connection is its own. */
    RECOGNIZING,
    OPEN,
    /** Sends what is queued; the session is told nothing more but its end. */
    CLOSING,
    /** Has sent everything; reads and forgets until the peer ends, so that no reset overtakes our last bytes. */
    LINGERING,
    CLOSED
}
