package io.portask.group;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;

/**
 * The times and bounds of a group in partition mode.
 *
 * @param sessionTimeoutMs a member of which nothing is heard for so long is fenced
 * @param handoverTimeoutMs a member that does not confirm within this time that it gave up a partition is fenced
 * @param maxMembers how many members there may be, static ones that are away included
 * @param maxPatterns how many names and patterns of topics a member may subscribe to
 * @param maxIdLength of the ids of members and instances
 */
public record GroupConfig(
        long sessionTimeoutMs, long handoverTimeoutMs, int maxMembers, int maxPatterns, int maxIdLength) {
    public static final GroupConfig DEFAULT = new GroupConfig(30_000, 60_000, 1_000, 100, 249);

    /** @throws PortaskException {@link ErrorCode#INVALID_CONFIGURATION}, naming the key, the value and what is allowed */
    public GroupConfig {
        check("sessionTimeoutMs", sessionTimeoutMs);
        check("handoverTimeoutMs", handoverTimeoutMs);
        check("maxMembers", maxMembers);
        check("maxPatterns", maxPatterns);
        check("maxIdLength", maxIdLength);
    }

    private static void check(String key, long value) {
        if (value < 1) {
            throw new PortaskException(
                    ErrorCode.INVALID_CONFIGURATION, key + " is " + value + "; allowed is 1 or more");
        }
    }

    public GroupConfig withSessionTimeoutMs(long ms) {
        return new GroupConfig(ms, handoverTimeoutMs, maxMembers, maxPatterns, maxIdLength);
    }

    public GroupConfig withHandoverTimeoutMs(long ms) {
        return new GroupConfig(sessionTimeoutMs, ms, maxMembers, maxPatterns, maxIdLength);
    }

    public GroupConfig withMaxMembers(int members) {
        return new GroupConfig(sessionTimeoutMs, handoverTimeoutMs, members, maxPatterns, maxIdLength);
    }
}
