package io.portask.http.host;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Finds routes for one connection. Clients that stay connected repeat themselves, and the decoder gives the same URI again. On
 * the connection's thread.
 */
final class RouteMemory {
    private final HttpHost host;
    private @Nullable URI lastUri;
    private Route lastRoute;

    RouteMemory(HttpHost host) {
        this.host = host;
        lastRoute = host.fallback();
    }

    Route route(URI uri) {
        if (!uri.equals(lastUri)) {
            lastRoute = host.route(uri);
            lastUri = uri;
        }
        return lastRoute;
    }

    void forget() {
        lastUri = null;
        lastRoute = host.fallback();
    }
}
