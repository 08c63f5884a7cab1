package io.portask.http;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpHandler;
import io.micrometer.core.instrument.MeterRegistry;
import io.portask.http.access.AccessGuard;
import io.portask.http.exchange.Problem;
import io.portask.http.exchange.UpgradeAnswer;
import io.portask.http.exchange.UpgradeHandler;
import io.portask.http.filter.AccessLogFilter;
import io.portask.http.filter.AccessMetricsFilter;
import io.portask.http.filter.CorsFilter;
import io.portask.http.filter.ErrorFilter;
import io.portask.http.filter.GzipFilter;
import io.portask.http.filter.RequestIdFilter;
import io.portask.http.filter.RequestIds;
import io.portask.http.filter.RequestMeters;
import io.portask.http.host.GateFilter;
import io.portask.http.host.HttpHost;
import io.portask.http.host.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Collects what an {@link HttpProtocol} serves. A request goes to the handler with the longest path that its own begins with,
 * as with {@link com.sun.net.httpserver.HttpServer}. One thread.
 */
public final class HttpProtocolBuilder {
    private final HttpConfig config;
    private final RequestMeters meters;
    private final AccessGuard guard;
    private final List<Filter> filters = new ArrayList<>();
    private final List<Function<List<Filter>, Route>> routes = new ArrayList<>();

    HttpProtocolBuilder(HttpConfig config, MeterRegistry meters) {
        this.config = config;
        this.meters = new RequestMeters(meters);
        this.guard = config.guard();
    }

    /** Adds a filter for all handlers, behind those that the configuration asks for. */
    public HttpProtocolBuilder filter(Filter filter) {
        filters.add(filter);
        return this;
    }

    /**
     * Adds a handler that runs on the connection's thread when the body is there, and must not block. It may return without an
     * answer and give it later on any thread.
     */
    public HttpProtocolBuilder inline(String path, HttpHandler handler) {
        routes.add(chain -> Route.inline(path, handler, chain));
        return this;
    }

    /** Adds a handler that runs on the executor's threads, which it may hold as long as it likes. */
    public HttpProtocolBuilder blocking(String path, HttpHandler handler, Executor executor) {
        routes.add(chain -> Route.blocking(path, handler, chain, executor));
        return this;
    }

    /**
     * Adds a handler that runs on the connection's thread as soon as the head is there, must not block, and has the body pushed
     * to it by {@link io.portask.http.exchange.StreamingExchange}.
     *
     * @param maxBodyBytes the limit of a body, instead of the configuration's
     */
    public HttpProtocolBuilder streaming(String path, HttpHandler handler, long maxBodyBytes) {
        routes.add(chain -> Route.streaming(path, handler, chain, maxBodyBytes));
        return this;
    }

    /**
     * Adds a path where a connection may turn into one of another protocol. Filters do not see its requests; they are counted, and
     * who may call is checked all the same, and a page's token may be an offered sub-protocol {@code portask.bearer.BASE64URL}.
     */
    public HttpProtocolBuilder upgrade(String path, UpgradeHandler handler) {
        UpgradeHandler guarded = counted(path, guard.guarded(handler));
        routes.add(chain -> Route.upgrade(path, guarded));
        return this;
    }

    /** An upgrade has the status 101 and the time until it is decided. */
    private UpgradeHandler counted(String path, UpgradeHandler handler) {
        return (method, uri, headers, connection) -> {
            long startNanos = System.nanoTime();
            int status = -1;
            try {
                UpgradeAnswer answer = handler.answer(method, uri, headers, connection);
                status = answer instanceof UpgradeAnswer.Refused refused
                        ? refused.problem().status()
                        : 101;
                return answer;
            } catch (RuntimeException e) {
                status = Problem.of(e).status();
                throw e;
            } finally {
                meters.record(method, path, status, System.nanoTime() - startNanos);
            }
        };
    }

    /** @throws io.portask.error.PortaskException if a path is not one, or served twice */
    public HttpProtocol build() {
        List<Filter> chain = chain();
        return new HttpProtocol(new HttpHost(
                config.limits(),
                routes.stream().map(route -> route.apply(chain)).toList(),
                Route.fallback(chain),
                guard::refusal,
                System::nanoTime));
    }

    private List<Filter> chain() {
        List<Filter> chain = new ArrayList<>();
        chain.add(new AccessMetricsFilter(meters, System::nanoTime));
        chain.addAll(standard(config, new GateFilter()));
        if (config.gzipMinBytes() > 0) {
            chain.add(new GzipFilter(config.gzipMinBytes()));
        }
        chain.addAll(filters);
        return List.copyOf(chain);
    }

    /** What every server has in front of handlers, whosever it is. */
    static List<Filter> standard(HttpConfig config, Filter access) {
        List<Filter> filters = new ArrayList<>();
        filters.add(new RequestIdFilter(new RequestIds()));
        filters.add(new AccessLogFilter());
        if (!config.corsOrigins().isEmpty()) {
            filters.add(new CorsFilter(config.corsOrigins()));
        }
        filters.add(access);
        filters.add(new ErrorFilter());
        return filters;
    }
}
