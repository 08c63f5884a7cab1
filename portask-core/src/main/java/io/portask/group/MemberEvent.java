package io.portask.group;

/** What happens to a member of a group. */
public enum MemberEvent {
    /** It has partitions to give up. */
    REVOKED,
    /** It has nothing to give up, and has to wait for partitions that others hold. */
    BLOCKED,
    /** It owns exactly what it is to own. */
    SETTLED,
    STEPPED_OUT,
    LEFT,
    /** Nothing was heard of it for the session timeout. */
    SESSION_EXPIRED,
    /** It did not confirm within the handover timeout that it gave up a partition. */
    HANDOVER_EXPIRED,
    /** Another member came with its instance id. */
    REPLACED
}
