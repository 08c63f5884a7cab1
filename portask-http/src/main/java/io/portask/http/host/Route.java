package io.portask.http.host;

import com.sun.net.httpserver.Authenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.Problem;
import io.portask.http.exchange.UpgradeHandler;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A path, what serves it, and how. Immutable but for its attributes; any thread. */
public final class Route extends HttpContext {
    /** When and where a handler runs. */
    enum Mode {
        /** On the connection's thread, when the body is whole. May answer later; others are read meanwhile. */
        INLINE,
        /** On the connection's thread, when the head is there; the body is pushed. */
        STREAMING,
        /** On a thread of an executor, which it may hold. */
        BLOCKING,
        /** On the connection's thread; may turn the connection into one of another protocol. */
        UPGRADE
    }

    /** The limit of routes that have none of their own. */
    private static final long DEFAULT_LIMIT = -1;

    private final String path;
    private final Mode mode;
    private final HttpHandler handler;
    private final List<Filter> filters;
    private final Executor executor;
    private final @Nullable UpgradeHandler upgradeHandler;
    private final long maxBodyBytes;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();

    private Route(
            String path,
            Mode mode,
            HttpHandler handler,
            List<Filter> filters,
            Executor executor,
            @Nullable UpgradeHandler upgradeHandler,
            long maxBodyBytes) {
        if (!path.startsWith("/")) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, "path is \"" + path + "\"; allowed is a path that begins with /");
        }
        this.path = path;
        this.mode = mode;
        this.handler = handler;
        this.filters = List.copyOf(filters);
        this.executor = executor;
        this.upgradeHandler = upgradeHandler;
        this.maxBodyBytes = maxBodyBytes;
    }

    public static Route inline(String path, HttpHandler handler, List<Filter> filters) {
        return new Route(path, Mode.INLINE, handler, filters, Runnable::run, null, DEFAULT_LIMIT);
    }

    /** @param maxBodyBytes the limit of a body, which is never held whole */
    public static Route streaming(String path, HttpHandler handler, List<Filter> filters, long maxBodyBytes) {
        return new Route(path, Mode.STREAMING, handler, filters, Runnable::run, null, maxBodyBytes);
    }

    public static Route blocking(String path, HttpHandler handler, List<Filter> filters, Executor executor) {
        return new Route(path, Mode.BLOCKING, handler, filters, executor, null, DEFAULT_LIMIT);
    }

    /** Filters do not see upgrades. */
    public static Route upgrade(String path, UpgradeHandler handler) {
        return new Route(path, Mode.UPGRADE, Route::notFound, List.of(), Runnable::run, handler, 0);
    }

    /** Answers what no other route serves. */
    public static Route fallback(List<Filter> filters) {
        return inline("/", Route::notFound, filters);
    }

    private static void notFound(HttpExchange exchange) throws IOException {
        Problem.of(404, "Nothing is served at this path").send(exchange);
    }

    void handle(HttpExchange exchange) throws IOException {
        if (filters.isEmpty()) {
            handler.handle(exchange);
        } else {
            new Filter.Chain(filters, handler).doFilter(exchange);
        }
    }

    Mode mode() {
        return mode;
    }

    Executor executor() {
        return executor;
    }

    @Nullable
    UpgradeHandler upgradeHandler() {
        return upgradeHandler;
    }

    long maxBodyBytes(long byDefault) {
        return maxBodyBytes == DEFAULT_LIMIT ? byDefault : maxBodyBytes;
    }

    @Override
    public String getPath() {
        return path;
    }

    @Override
    public HttpHandler getHandler() {
        return handler;
    }

    @Override
    public List<Filter> getFilters() {
        return filters;
    }

    @Override
    public Map<String, Object> getAttributes() {
        return attributes;
    }

    @Override
    public void setHandler(HttpHandler other) {
        throw new UnsupportedOperationException("Routes are fixed when the protocol is built");
    }

    @Override
    public HttpServer getServer() {
        throw new UnsupportedOperationException("This context belongs to no com.sun.net.httpserver.HttpServer");
    }

    @Override
    public Authenticator setAuthenticator(Authenticator other) {
        throw new UnsupportedOperationException("Use a filter to authenticate");
    }

    @Override
    public @Nullable Authenticator getAuthenticator() {
        return null;
    }
}
