package io.portask.http.rest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The operations at one path. Immutable after the last {@link #add}. */
final class Resource {
    private final String template;
    private final List<String> segments;
    private final Map<String, Operation> byMethod = new TreeMap<>();

    Resource(String template) {
        this.template = template;
        this.segments = PercentEncoding.segments(template);
    }

    void add(Operation operation) {
        if (byMethod.put(operation.method(), operation) != null) {
            throw new IllegalArgumentException(operation.method() + " " + template + " is there twice");
        }
    }

    String template() {
        return template;
    }

    boolean isLiteral() {
        return template.indexOf('{') < 0;
    }

    /** What the path has where the template has names; null if it is another path. */
    @Nullable
    Map<String, String> match(List<String> path) {
        if (path.size() != segments.size()) {
            return null;
        }
        Map<String, String> found = new HashMap<>();
        for (int i = 0; i < path.size(); i++) {
            String wanted = segments.get(i);
            String segment = path.get(i);
            if (wanted.startsWith("{")) {
                if (segment.isEmpty()) {
                    return null;
                }
                found.put(wanted.substring(1, wanted.length() - 1), segment);
            } else if (!wanted.equals(segment)) {
                return null;
            }
        }
        return found;
    }

    /** Null where the method is not allowed. HEAD is what GET is. */
    @Nullable
    Operation operation(String method) {
        return byMethod.get(method.equals("HEAD") ? "GET" : method);
    }

    /** As in the field Allow. */
    String allowed() {
        TreeSet<String> methods = new TreeSet<>(byMethod.keySet());
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        methods.add("OPTIONS");
        return String.join(", ", methods);
    }
}
