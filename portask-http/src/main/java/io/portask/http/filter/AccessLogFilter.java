package io.portask.http.filter;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs each request at debug level when it is done: who asked for what, not what was said. Any thread. */
public final class AccessLogFilter extends Filter {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLogFilter.class);

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        if (LOG.isDebugEnabled()) {
            long startNanos = System.nanoTime();
            Ends.run(exchange, chain, () -> log(exchange, System.nanoTime() - startNanos));
        } else {
            chain.doFilter(exchange);
        }
    }

    private static void log(HttpExchange exchange, long nanos) {
        LOG.atDebug()
                .addKeyValue("requestId", RequestIdFilter.of(exchange))
                .addKeyValue("method", exchange.getRequestMethod())
                .addKeyValue("path", exchange.getRequestURI().getRawPath())
                .addKeyValue("status", exchange.getResponseCode())
                .addKeyValue("micros", TimeUnit.NANOSECONDS.toMicros(nanos))
                .log("request");
    }

    @Override
    public String description() {
        return "access log";
    }
}
