package io.portask.http.admin;

import java.util.Map;

/** What operators may ask of a server through {@code /api/v1/admin}. Given by whoever wires the server; any thread. */
public interface AdminControl {
    /** The configuration in effect, by its keys, for people. Secrets are masked. */
    Map<String, String> config();

    /**
     * Changes what can be changed while the server runs: all of it or nothing.
     *
     * @throws io.portask.error.PortaskException {@link io.portask.error.ErrorCode#INVALID_REQUEST}, naming the key and what is
     *     allowed
     */
    void change(Map<String, String> changes);

    /** Begins a graceful shutdown and returns. */
    void shutdown();
}
