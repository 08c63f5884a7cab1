package io.portask.group;

import org.jspecify.annotations.Nullable;

/**
 * A member comes, or changes what it subscribes to.
 *
 * @param memberId made for this one membership and never used again, such as a random UUID. One that left or was fenced comes
 *     back under a new one
 * @param instanceId of a static member: stays the same over its restarts and is nobody else's; null for a dynamic member
 * @param sequence grows with each request of the member, starting at 1
 * @param sessionTimeoutMs the member's own, 0 for the group's
 */
public record JoinRequest(
        String memberId, @Nullable String instanceId, Subscription subscription, long sequence, long sessionTimeoutMs) {
    /** With the session timeout of the group. */
    public JoinRequest(String memberId, @Nullable String instanceId, Subscription subscription, long sequence) {
        this(memberId, instanceId, subscription, sequence, 0);
    }
}
