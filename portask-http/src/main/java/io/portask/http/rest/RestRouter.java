package io.portask.http.rest;

import com.sun.net.httpserver.HttpExchange;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.exchange.Problem;
import io.portask.http.exchange.StatusException;
import io.portask.http.exchange.StreamingExchange;
import io.portask.http.filter.RequestIdFilter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the operation for a request and sends its answer, on whatever thread it comes. HEAD is answered as GET is, without the
 * body. Any thread.
 */
public final class RestRouter {
    private static final Logger LOG = LoggerFactory.getLogger(RestRouter.class);

    private final List<Operation> operations;
    private final int maxBodyBytes;

    RestRouter(List<Operation> operations, int maxBodyBytes) {
        this.operations = List.copyOf(operations);
        this.maxBodyBytes = maxBodyBytes;
    }

    List<Operation> operations() {
        return operations;
    }

    /** For exchanges whose body can be read at once without waiting, or by a thread that may wait. */
    public void handle(HttpExchange exchange) throws IOException {
        handle(exchange, null);
    }

    /** For exchanges of Portask's own server whose body is pushed. */
    public void handlePushed(HttpExchange exchange) throws IOException {
        handle(exchange, StreamingExchange.of(exchange));
    }

    private record Found(Operation operation, Map<String, String> path) {}

    private void handle(HttpExchange exchange, @Nullable StreamingExchange pushed) throws IOException {
        Found found = find(exchange);
        if (found == null) {
            return;
        }
        Operation operation = found.operation;
        Query query = new Query(exchange.getRequestURI().getRawQuery(), operation.query());
        if (operation.handler() instanceof Operation.Streaming streaming) {
            streaming
                    .begin(new RestRequest(exchange, found.path, query, new byte[0]))
                    .handle(exchange);
            return;
        }
        Operation.Whole whole = (Operation.Whole) operation.handler();
        if (pushed == null) {
            byte[] body = exchange.getRequestBody().readNBytes(maxBodyBytes + 1);
            answer(exchange, whole, new RestRequest(exchange, found.path, query, body));
        } else {
            pushed.receiveBody(new WholeBody(
                    maxBodyBytes,
                    body -> answer(exchange, whole, new RestRequest(exchange, found.path, query, body)),
                    failure -> fail(exchange, failure)));
        }
    }

    private void answer(HttpExchange exchange, Operation.Whole operation, RestRequest request) {
        CompletionStage<RestAnswer> answer;
        try {
            if (request.body().length > maxBodyBytes) {
                throw new StatusException(413, "A body has up to " + maxBodyBytes + " bytes here");
            }
            answer = operation.answer(request);
        } catch (RuntimeException e) {
            fail(exchange, e);
            return;
        }
        answer(exchange, answer);
    }

    /** Sends the answer when it is there, or a problem. */
    static void answer(HttpExchange exchange, CompletionStage<RestAnswer> answer) {
        answer.whenComplete((known, error) -> {
            if (error != null) {
                fail(exchange, error);
                return;
            }
            try {
                known.send(exchange);
            } catch (IOException e) {
                LOG.debug("The answer did not reach its client", e);
                exchange.close();
            }
        });
    }

    /** Answers with a problem, if nothing was answered yet. */
    static void fail(HttpExchange exchange, Throwable error) {
        Problem problem = Problem.of(error);
        if (problem.code() == ErrorCode.INTERNAL_ERROR) {
            LOG.error(
                    "{} {} failed, request {}",
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath(),
                    RequestIdFilter.of(exchange),
                    PortaskException.unwrapped(error));
        }
        try {
            if (exchange.getResponseCode() < 0) {
                problem.send(exchange);
            }
        } catch (IOException e) {
            LOG.debug("A problem did not reach its client", e);
        }
        exchange.close();
    }

    /** Null if the exchange was answered because there is none. */
    private @Nullable Found find(HttpExchange exchange) throws IOException {
        List<String> segments = new ArrayList<>();
        for (String segment : exchange.getRequestURI().getRawPath().substring(1).split("/", -1)) {
            segments.add(Query.decode(segment.replace("+", "%2B")));
        }
        String method = exchange.getRequestMethod();
        TreeSet<String> allowed = new TreeSet<>();
        for (Operation operation : operations) {
            Map<String, String> path = operation.match(segments);
            if (path != null) {
                if (operation.method().equals(method)
                        || (method.equals("HEAD") && operation.method().equals("GET"))) {
                    return new Found(operation, path);
                }
                allowed.add(operation.method());
            }
        }
        refuse(exchange, allowed);
        return null;
    }

    private static void refuse(HttpExchange exchange, Set<String> allowed) throws IOException {
        if (allowed.isEmpty()) {
            Problem.of(404, "Nothing is served at this path").send(exchange);
            return;
        }
        if (allowed.contains("GET")) {
            allowed.add("HEAD");
        }
        allowed.add("OPTIONS");
        exchange.getResponseHeaders().set("Allow", String.join(", ", allowed));
        if (exchange.getRequestMethod().equals("OPTIONS")) {
            RestAnswer.noContent().send(exchange);
        } else {
            Problem.of(405, "Allowed here are " + String.join(", ", allowed)).send(exchange);
        }
    }
}
