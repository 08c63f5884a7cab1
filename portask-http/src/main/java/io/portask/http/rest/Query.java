package io.portask.http.rest;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The parameters behind the question mark. A name given twice, or that the operation does not know, is refused. */
final class Query {
    private final Map<String, String> values = new HashMap<>();

    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST}, naming the parameter */
    Query(@Nullable String raw, Set<String> known) {
        if (raw == null || raw.isEmpty()) {
            return;
        }
        for (int from = 0; from < raw.length(); ) {
            int and = raw.indexOf('&', from);
            String pair = raw.substring(from, and < 0 ? raw.length() : and);
            from += pair.length() + 1;
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = PercentEncoding.decode(equals < 0 ? pair : pair.substring(0, equals), true);
            if (!known.contains(name)) {
                throw invalid("Parameter " + name + " is not known here; known are "
                        + known.stream().sorted().toList());
            }
            if (values.put(name, equals < 0 ? "" : PercentEncoding.decode(pair.substring(equals + 1), true)) != null) {
                throw invalid("Parameter " + name + " is given twice");
            }
        }
    }

    private static PortaskException invalid(String text) {
        return new PortaskException(ErrorCode.INVALID_REQUEST, text);
    }

    @Nullable
    String get(String name) {
        return values.get(name);
    }

    String required(String name) {
        String value = values.get(name);
        if (value == null) {
            throw invalid("Parameter " + name + " is missing");
        }
        return value;
    }

    long integer(String name, long min, long max, long byDefault) {
        String value = values.get(name);
        if (value == null) {
            return byDefault;
        }
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw notBetween(name, value, min, max, e);
        }
        throw notBetween(name, value, min, max, null);
    }

    private static PortaskException notBetween(
            String name, String value, long min, long max, @Nullable NumberFormatException cause) {
        return new PortaskException(
                ErrorCode.INVALID_REQUEST,
                "Parameter " + name + " is '" + value + "'; allowed is a whole number from " + min + " to " + max,
                cause);
    }

    /** The value as the parser reads it; null for a parameter that was not given. */
    <T> @Nullable T parsed(String name, Function<String, T> parser) {
        String value = values.get(name);
        if (value == null) {
            return null;
        }
        try {
            return parser.apply(value);
        } catch (PortaskException e) {
            throw new PortaskException(e.code(), "Parameter " + name + ": " + e.getMessage(), e);
        }
    }
}
