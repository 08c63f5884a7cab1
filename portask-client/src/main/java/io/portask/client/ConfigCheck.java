package io.portask.client;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/** The checks of settings; each failure names the key, the value and what is allowed. */
final class ConfigCheck {
    private static final int MAX_NAME_LENGTH = 249;

    private ConfigCheck() {}

    static void range(String key, long value, long min, long max) {
        if (value < min || value > max) {
            throw invalid(key + " is " + value + "; allowed is " + min + " to " + max);
        }
    }

    static void name(String key, String value) {
        if (value.isEmpty() || value.length() > MAX_NAME_LENGTH || value.chars().anyMatch(Character::isISOControl)) {
            throw invalid(key + " has " + value.length() + " characters; allowed are 1 to " + MAX_NAME_LENGTH
                    + ", none of them a control character");
        }
    }

    static PortaskException invalid(String what) {
        return new PortaskException(ErrorCode.INVALID_CONFIGURATION, what);
    }
}
