package io.portask.http.exchange;

import com.sun.net.httpserver.Headers;
import io.portask.net.Connection;
import java.net.URI;

/** Decides about requests to its path that may turn a connection into one of another protocol. */
@FunctionalInterface
public interface UpgradeHandler {
    /**
     * Called for every request to the path, also for those that ask for no upgrade, when all earlier requests of the
     * connection were answered. On the connection's thread, which must not be held. What it throws becomes a problem.
     *
     * @param connection for its addresses and id; nothing may be written before the session is opened
     */
    UpgradeAnswer answer(String method, URI uri, Headers headers, Connection connection);
}
