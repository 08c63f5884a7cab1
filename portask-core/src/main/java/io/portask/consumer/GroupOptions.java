package io.portask.consumer;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.group.PartitionAssignor;
import io.portask.group.StickyAssignor;
import io.portask.group.Subscription;
import io.portask.record.StartPosition;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Which group to join, and how.
 *
 * @param group the group's name; its offsets are committed under it
 * @param topics what to read; the topics named without a wildcard are created if they are missing and the broker creates topics by itself
 * @param instanceId of a static member: the same over its restarts, and nobody else's; null for a dynamic member
 * @param sessionTimeout a member of which nothing is heard for so long is fenced; 100 ms to 1 hour, 30 s unless set
 * @param assignor who decides which member gets what; the same for all members of a group; {@link StickyAssignor} unless set
 * @param from where the group begins with a partition for which it never committed: {@code earliest} unless set, {@code latest} or
 *     a timestamp
 * @param autoCommit see {@link #autoCommit(Duration)}; null for no automatic commits, which is the default
 * @param maxFetchBytes how much a {@link GroupConsumer} reads at a time from one partition, in bytes; 1 MiB unless set
 */
public record GroupOptions(
        String group,
        Subscription topics,
        @Nullable String instanceId,
        Duration sessionTimeout,
        PartitionAssignor assignor,
        StartPosition from,
        @Nullable Duration autoCommit,
        int maxFetchBytes) {
    public static final Duration MIN_SESSION_TIMEOUT = Duration.ofMillis(100);
    public static final Duration MAX_SESSION_TIMEOUT = Duration.ofHours(1);

    /** @throws PortaskException {@link ErrorCode#INVALID_REQUEST}, naming the option and what is allowed */
    public GroupOptions {
        check(!topics.patterns().isEmpty(), "topics is empty; a member subscribes to at least one");
        check(
                sessionTimeout.compareTo(MIN_SESSION_TIMEOUT) >= 0
                        && sessionTimeout.compareTo(MAX_SESSION_TIMEOUT) <= 0,
                "sessionTimeout is " + sessionTimeout + "; allowed is " + MIN_SESSION_TIMEOUT + " to "
                        + MAX_SESSION_TIMEOUT);
        checkFrom(from);
        check(autoCommit == null || !autoCommit.isNegative(), "autoCommit is " + autoCommit + "; allowed is 0 or more");
        check(maxFetchBytes >= 1, "maxFetchBytes is " + maxFetchBytes + "; allowed is 1 or more");
    }

    static void checkFrom(StartPosition from) {
        check(
                from.kind() == StartPosition.Kind.EARLIEST
                        || from.kind() == StartPosition.Kind.LATEST
                        || from.kind() == StartPosition.Kind.TIMESTAMP,
                "from is " + from.kind() + "; a group begins at earliest, latest or a timestamp");
    }

    static void check(boolean valid, String text) {
        if (!valid) {
            throw new PortaskException(ErrorCode.INVALID_REQUEST, text);
        }
    }

    /** @param topics names and patterns, such as {@code orders.*} and {@code logs.>} */
    public static GroupOptions of(String group, String... topics) {
        return new GroupOptions(
                group,
                Subscription.of(topics),
                null,
                Duration.ofSeconds(30),
                new StickyAssignor(),
                StartPosition.earliest(),
                null,
                1 << 20);
    }

    public GroupOptions instanceId(String id) {
        return new GroupOptions(group, topics, id, sessionTimeout, assignor, from, autoCommit, maxFetchBytes);
    }

    public GroupOptions sessionTimeout(Duration timeout) {
        return new GroupOptions(group, topics, instanceId, timeout, assignor, from, autoCommit, maxFetchBytes);
    }

    public GroupOptions assignor(PartitionAssignor decider) {
        return new GroupOptions(group, topics, instanceId, sessionTimeout, decider, from, autoCommit, maxFetchBytes);
    }

    public GroupOptions from(StartPosition position) {
        return new GroupOptions(
                group, topics, instanceId, sessionTimeout, assignor, position, autoCommit, maxFetchBytes);
    }

    /**
     * Has a {@link GroupConsumer} commit by itself what earlier polls returned: in the first poll after the interval, before partitions go to others, and on
     * close. So what was polled counts as done when the next poll begins.
     */
    public GroupOptions autoCommit(Duration interval) {
        return new GroupOptions(group, topics, instanceId, sessionTimeout, assignor, from, interval, maxFetchBytes);
    }

    public GroupOptions maxFetchBytes(int bytes) {
        return new GroupOptions(group, topics, instanceId, sessionTimeout, assignor, from, autoCommit, bytes);
    }
}
