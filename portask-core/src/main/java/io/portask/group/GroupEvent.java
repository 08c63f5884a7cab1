package io.portask.group;

/** What happens to a group as a whole. */
public enum GroupEvent {
    /** A member has partitions to give up, or waits for some. */
    UNSETTLED,
    /** The last member that had to give up or wait for partitions has done so. */
    SETTLED,
    /** The last member is gone. */
    EMPTIED
}
