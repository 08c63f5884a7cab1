package io.portask.group;

/** What a member of a group is about. {@link GroupTransitions} says what follows on what. */
public enum MemberState {
    /** Has come, and nothing was assigned yet. */
    JOINING,
    /** Owns what it is to own, nothing more and nothing less. */
    STABLE,
    /** Was told to give up partitions and has not confirmed all of them. */
    REVOKING,
    /** Has nothing to give up; some of what it is to own is still held by others. */
    WAITING,
    /** A static member that stepped out, for a restart: it owns nothing, its place is kept until its session ends. */
    AWAY,
    /** Left of its own accord. */
    LEFT,
    /** Was put out of the group; what it still commits is refused. */
    FENCED
}
