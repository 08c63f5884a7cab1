package io.portask.group;

/** What a group as a whole is about. {@link GroupTransitions} says what follows on what. */
public enum GroupState {
    /** Has no members. */
    EMPTY,
    /** Partitions are on their way between members; those that stay where they are are being read. */
    RECONCILING,
    /** Every member that is there owns exactly what it is to own. */
    STABLE
}
