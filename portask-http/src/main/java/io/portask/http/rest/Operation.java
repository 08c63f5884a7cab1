package io.portask.http.rest;

import com.sun.net.httpserver.HttpHandler;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * One method at one path.
 *
 * @param method as it stands in the request
 * @param template the path, where {@code {name}} stands for any segment
 * @param query the parameters that it knows
 * @param handler does it
 * @param gathered whether it is one of those that {@link TurnPublishes} may keep until the end of a turn
 */
record Operation(String method, String template, Set<String> query, Handler handler, boolean gathered) {
    /** What becomes of a request. */
    sealed interface Handler {}

    /** Answers as a whole, later perhaps, to a request with its whole body. Must not block. */
    non-sealed interface Whole extends Handler {
        CompletionStage<RestAnswer> answer(RestRequest request);
    }

    /** Takes the exchange with its body still to come, and answers it. The request has no body. */
    non-sealed interface Streaming extends Handler {
        /** What remains to be done with the exchange. */
        HttpHandler begin(RestRequest request);
    }

    static Operation of(String method, String template, Whole handler) {
        return of(method, template, Set.of(), handler);
    }

    static Operation of(String method, String template, Set<String> query, Whole handler) {
        return new Operation(method, template, query, handler, false);
    }

    static Operation gathered(String method, String template, Whole handler) {
        return new Operation(method, template, Set.of(), handler, true);
    }

    static Operation streaming(String method, String template, Set<String> query, Streaming handler) {
        return new Operation(method, template, query, handler, false);
    }
}
