package io.portask.broker;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/** The rule for the names under which offsets are committed: 1 to 249 printable characters. */
final class ConsumerNames {
    private static final int MAX_LENGTH = 249;

    private ConsumerNames() {}

    static String check(String name) {
        if (name.isEmpty() || name.length() > MAX_LENGTH || name.chars().anyMatch(Character::isISOControl)) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST,
                    "A consumer's name has 1 to " + MAX_LENGTH + " characters and no control characters");
        }
        return name;
    }
}
