package io.portask.group;

import org.jspecify.annotations.Nullable;

/**
 * A member is gone, and what it held may be given to others.
 *
 * @param cause {@link MemberEvent#LEFT}, {@link MemberEvent#STEPPED_OUT}, {@link MemberEvent#SESSION_EXPIRED}, {@link
 *     MemberEvent#HANDOVER_EXPIRED} or {@link MemberEvent#REPLACED}
 */
public record Departure(String memberId, @Nullable String instanceId, MemberEvent cause) {}
