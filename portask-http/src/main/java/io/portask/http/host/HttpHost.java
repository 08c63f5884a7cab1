package io.portask.http.host;

import com.sun.net.httpserver.Headers;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.HttpLimits;
import io.portask.http.exchange.UpgradeAnswer;
import io.portask.http.wire.DecoderLimits;
import io.portask.net.Connection;
import io.portask.net.ProtocolSession;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What all connections share: the routes and the limits. Any thread. */
public final class HttpHost {
    private final HttpLimits limits;
    private final DecoderLimits decoderLimits;
    private final List<Route> routes;
    private final Route fallback;
    private final Gate gate;
    private final LongSupplier nanoClock;

    /** Decides from its head whether a request may go on; {@link GateFilter} answers it if not. */
    @FunctionalInterface
    public interface Gate {
        /** Null if it may. */
        UpgradeAnswer.@Nullable Refused refusal(URI uri, Headers headers, SocketAddress local);
    }

    /**
     * @param fallback serves what no other does
     * @param gate bodies of requests that it refuses are not kept; asked once for each request but those for upgrades
     */
    public HttpHost(HttpLimits limits, List<Route> routes, Route fallback, Gate gate, LongSupplier nanoClock) {
        Set<String> paths = new HashSet<>();
        for (Route route : routes) {
            if (!paths.add(route.getPath())) {
                throw new PortaskException(
                        ErrorCode.INVALID_CONFIGURATION,
                        "path \"" + route.getPath() + "\" is served twice; allowed is one handler for each path");
            }
        }
        this.limits = limits;
        this.routes = routes.stream()
                .sorted(Comparator.comparingInt((Route route) -> route.getPath().length())
                        .reversed())
                .toList();
        this.fallback = fallback;
        this.gate = gate;
        this.nanoClock = nanoClock;
        decoderLimits = new DecoderLimits(limits.maxHeadBytes(), limits.maxFields(), limits.maxTargetBytes());
    }

    /** A session for a new connection, on its thread. */
    public ProtocolSession open(Connection connection) {
        return new HttpSession(this, connection);
    }

    /** The route whose path is the longest that the request's begins with, as with the JDK's own server. */
    Route route(URI uri) {
        String path = uri.getPath();
        if (path != null) {
            for (Route route : routes) {
                if (path.startsWith(route.getPath())) {
                    return route;
                }
            }
        }
        return fallback;
    }

    Route fallback() {
        return fallback;
    }

    Gate gate() {
        return gate;
    }

    HttpLimits limits() {
        return limits;
    }

    DecoderLimits decoderLimits() {
        return decoderLimits;
    }

    LongSupplier nanoClock() {
        return nanoClock;
    }
}
