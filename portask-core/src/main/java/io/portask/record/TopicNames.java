package io.portask.record;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/** The rule for topic names: 1 to 249 characters of {@code [A-Za-z0-9._-]}, neither {@code .} nor {@code ..}. */
public final class TopicNames {
    public static final int MAX_LENGTH = 249;

    /** What the names of topics begin with that are a broker's own. */
    public static final String RESERVED_PREFIX = "_portask.";

    private TopicNames() {}

    public static boolean isReserved(String name) {
        return name.startsWith(RESERVED_PREFIX);
    }

    /** @throws PortaskException {@link ErrorCode#INVALID_TOPIC_NAME} for a name that is a broker's own */
    public static String checkNotReserved(String name) {
        if (isReserved(name)) {
            throw invalid("Topic '" + name + "' is the broker's own: names that begin with '" + RESERVED_PREFIX
                    + "' are reserved");
        }
        return name;
    }

    /** @throws PortaskException {@link ErrorCode#INVALID_TOPIC_NAME}, which says what is wrong */
    public static String check(String name) {
        if (name.isEmpty()) {
            throw invalid("A topic name must not be empty");
        }
        if (name.length() > MAX_LENGTH) {
            throw invalid("A topic name has at most " + MAX_LENGTH + " characters, this one " + name.length());
        }
        if (name.equals(".") || name.equals("..")) {
            throw invalid("A topic cannot be named '" + name + "'");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!isAllowed(c)) {
                throw invalid("A topic name consists of A-Z a-z 0-9 . _ - only; character " + (i + 1)
                        + " of this one is " + (c > ' ' && c < 127 ? "'" + c + "'" : String.format("U+%04X", (int) c)));
            }
        }
        return name;
    }

    private static boolean isAllowed(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }

    private static PortaskException invalid(String message) {
        return new PortaskException(ErrorCode.INVALID_TOPIC_NAME, message);
    }
}
