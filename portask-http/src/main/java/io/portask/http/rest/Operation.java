package io.portask.http.rest;

import com.sun.net.httpserver.HttpHandler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One method at one path.
 *
 * @param method as it stands in the request
 * @param template the path, where {@code {name}} stands for any segment
 * @param query the parameters that it knows
 * @param handler does it
 */
record Operation(String method, String template, Set<String> query, Handler handler) {
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
        return new Operation(method, template, query, handler);
    }

    static Operation streaming(String method, String template, Set<String> query, Streaming handler) {
        return new Operation(method, template, query, handler);
    }

    /** What the path has where the template has names; null if it is another path. */
    @Nullable
    Map<String, String> match(List<String> segments) {
        String[] wanted = template.substring(1).split("/", -1);
        if (wanted.length != segments.size()) {
            return null;
        }
        Map<String, String> found = new HashMap<>();
        for (int i = 0; i < wanted.length; i++) {
            String segment = segments.get(i);
            if (wanted[i].startsWith("{")) {
                if (segment.isEmpty()) {
                    return null;
                }
                found.put(wanted[i].substring(1, wanted[i].length() - 1), segment);
            } else if (!wanted[i].equals(segment)) {
                return null;
            }
        }
        return found;
    }
}
