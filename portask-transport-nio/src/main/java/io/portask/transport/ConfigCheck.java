package io.portask.transport;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/** Refuses settings by key, value and what is allowed. */
final class ConfigCheck {
    private ConfigCheck() {}

    static void range(String key, long value, long min, long max) {
        if (value < min || value > max) {
            throw invalid(key, Long.toString(value), min + " to " + max);
        }
    }

    static void zeroOrRange(String key, long value, long min, long max) {
        if (value != 0 && (value < min || value > max)) {
            throw invalid(key, Long.toString(value), "0 or " + min + " to " + max);
        }
    }

    static void notBlank(String key, String value) {
        if (value.isBlank()) {
            throw invalid(key, "\"" + value + "\"", "a text that is not blank");
        }
    }

    private static PortaskException invalid(String key, String value, String allowed) {
        return new PortaskException(ErrorCode.INVALID_CONFIGURATION, key + " is " + value + "; allowed is " + allowed);
    }
}
