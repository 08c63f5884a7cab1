package io.portask.http.filter;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.Problem;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers with a {@link Problem} when a handler throws before it has answered. Any thread. */
public final class ErrorFilter extends Filter {
    private static final Logger LOG = LoggerFactory.getLogger(ErrorFilter.class);

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        try {
            chain.doFilter(exchange);
        } catch (IOException | RuntimeException e) {
            if (exchange.getResponseCode() >= 0) {
                throw e;
            }
            Problem problem = Problem.of(e);
            if (problem.code() == ErrorCode.INTERNAL_ERROR) {
                LOG.atError()
                        .addKeyValue("requestId", RequestIdFilter.of(exchange))
                        .setCause(PortaskException.unwrapped(e))
                        .log(
                                "{} {} failed",
                                exchange.getRequestMethod(),
                                exchange.getHttpContext().getPath());
            }
            problem.send(exchange);
        }
    }

    @Override
    public String description() {
        return "problems for errors";
    }
}
