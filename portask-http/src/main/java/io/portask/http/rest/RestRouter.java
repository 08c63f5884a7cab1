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
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    private final TurnPublishes publishes;
    private final List<Resource> resources;
    private final Map<String, Resource> literals = new HashMap<>();

    RestRouter(List<Operation> operations, int maxBodyBytes, TurnPublishes publishes) {
        this.operations = List.copyOf(operations);
        this.maxBodyBytes = maxBodyBytes;
        this.publishes = publishes;
        Map<String, Resource> byTemplate = new LinkedHashMap<>();
        for (Operation operation : operations) {
            byTemplate.computeIfAbsent(operation.template(), Resource::new).add(operation);
        }
        resources = new ArrayList<>(byTemplate.values());
        // A path without names is meant before one with them.
        resources.sort(Comparator.comparing(resource -> !resource.isLiteral()));
        for (Resource resource : resources) {
            if (resource.isLiteral()) {
                literals.put(resource.template(), resource);
            }
        }
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

    private record Found(Resource resource, Map<String, String> path) {}

    private void handle(HttpExchange exchange, @Nullable StreamingExchange pushed) throws IOException {
        Found found = find(exchange.getRequestURI().getRawPath());
        if (found == null) {
            Problem.of(404, "Nothing is served at this path").send(exchange);
            return;
        }
        Operation operation = found.resource.operation(exchange.getRequestMethod());
        if (operation == null) {
            refuseMethod(exchange, found.resource.allowed());
            return;
        }
        if (!operation.gathered()) {
            publishes.settle();
        }
        Query query = new Query(exchange.getRequestURI().getRawQuery(), operation.query());
        checkEncoding(exchange);
        if (operation.handler() instanceof Operation.Streaming streaming) {
            streaming
                    .begin(new RestRequest(exchange, found.path, query, new byte[0]))
                    .handle(exchange);
            return;
        }
        Operation.Whole whole = (Operation.Whole) operation.handler();
        WholeBody.receive(
                exchange,
                pushed,
                maxBodyBytes,
                "A body",
                body -> whole.answer(new RestRequest(exchange, found.path, query, body)));
    }

    private @Nullable Found find(String rawPath) {
        Resource literal = literals.get(rawPath);
        if (literal != null) {
            return new Found(literal, Map.of());
        }
        List<String> segments = PercentEncoding.segments(rawPath);
        for (Resource resource : resources) {
            Map<String, String> path = resource.match(segments);
            if (path != null) {
                return new Found(resource, path);
            }
        }
        return null;
    }

    private static void refuseMethod(HttpExchange exchange, String allowed) throws IOException {
        exchange.getResponseHeaders().set("Allow", allowed);
        if (exchange.getRequestMethod().equals("OPTIONS")) {
            RestAnswer.noContent().send(exchange);
        } else {
            Problem.of(405, "Allowed here are " + allowed).send(exchange);
        }
    }

    private static void checkEncoding(HttpExchange exchange) {
        String encoding = exchange.getRequestHeaders().getFirst("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new StatusException(415, "A body is taken as it is, without a Content-Encoding");
        }
    }

    /** Sends the answer when it is there, or a problem. A thread of the store's is not held up by what an answer costs. */
    static void answer(HttpExchange exchange, CompletionStage<RestAnswer> answer) {
        StreamingExchange hosted = StreamingExchange.of(exchange);
        answer.whenComplete((known, error) -> {
            if (hosted == null || hosted.isOnLoop()) {
                answerNow(exchange, known, error);
            } else {
                hosted.connection().execute(() -> answerNow(exchange, known, error));
            }
        });
    }

    private static void answerNow(HttpExchange exchange, @Nullable RestAnswer known, @Nullable Throwable error) {
        if (known == null) {
            fail(exchange, error == null ? new IllegalStateException("An operation completed with nothing") : error);
            return;
        }
        try {
            known.send(exchange);
        } catch (IOException e) {
            LOG.debug("The answer did not reach its client", e);
            exchange.close();
        } catch (RuntimeException e) {
            fail(exchange, e);
        }
    }

    /** Answers with a problem, if nothing was answered yet. */
    static void fail(HttpExchange exchange, Throwable error) {
        Problem problem = Problem.of(error);
        if (problem.code() == ErrorCode.INTERNAL_ERROR) {
            LOG.atError()
                    .addKeyValue("requestId", RequestIdFilter.of(exchange))
                    .setCause(PortaskException.unwrapped(error))
                    .log(
                            "{} {} failed",
                            exchange.getRequestMethod(),
                            exchange.getRequestURI().getPath());
        }
        try {
            if (exchange.getResponseCode() < 0) {
                problem.send(exchange);
            }
        } catch (IOException e) {
            LOG.debug("A problem did not reach its client", e);
        } finally {
            exchange.close();
        }
    }
}
