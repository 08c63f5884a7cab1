package io.portask.store.redis;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One parameter of a store's URI. Each method gives its value if it has that name, and else what there was before. */
record UriParameter(URI uri, String name, String value) {
    /**
     * @param known the names that it may have
     * @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, here and in the methods
     */
    static UriParameter parse(URI uri, String text, Set<String> known) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        if (!known.contains(name)) {
            throw invalid(
                    uri,
                    "'" + name + "' is no parameter of it; known are "
                            + String.join(", ", known.stream().sorted().toList()),
                    null);
        }
        return new UriParameter(uri, name, equals < 0 ? "" : text.substring(equals + 1));
    }

    String keyPrefix(String wanted, String before) {
        if (!name.equals(wanted)) {
            return before;
        }
        if (value.isEmpty() || value.indexOf('{') >= 0 || value.indexOf('}') >= 0) {
            throw invalid(uri, name + " must not be empty or hold a brace", null);
        }
        return value;
    }

    <E extends Enum<E>> E choice(String wanted, E before) {
        if (!name.equals(wanted)) {
            return before;
        }
        List<E> choices = Arrays.asList(before.getDeclaringClass().getEnumConstants());
        return choices.stream()
                .filter(choice -> text(choice).equals(value))
                .findFirst()
                .orElseThrow(() -> invalid(
                        uri,
                        name + " is '" + value + "' and must be "
                                + String.join(
                                        " or ",
                                        choices.stream().map(UriParameter::text).toList()),
                        null));
    }

    private static String text(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    int number(String wanted, int least, int before) {
        return (int) Math.min(number(wanted, least, (long) before), Integer.MAX_VALUE);
    }

    long number(String wanted, int least, long before) {
        if (!name.equals(wanted)) {
            return before;
        }
        long number;
        try {
            number = Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw invalid(uri, name + " is '" + value + "' and must be a whole number", e);
        }
        if (number < 0) {
            throw invalid(uri, name + " is " + value + " and must not be negative", null);
        }
        if (number < least) {
            throw invalid(uri, name + " is " + value + " and must be at least " + least, null);
        }
        return number;
    }

    /** The text names no password: the URI does not appear in it. */
    static PortaskException invalid(URI uri, String why, @Nullable Throwable cause) {
        return new PortaskException(
                ErrorCode.INVALID_CONFIGURATION,
                "The store URI " + uri.getScheme() + ":… is wrong: " + why
                        + ". Write for example redis://127.0.0.1:6379/0?keyPrefix=portask:",
                cause);
    }
}
