package io.portask.consumer;

/** How a group shares out its work. */
public enum GroupMode {
    /** It has no members here: all that is known are offsets that were committed under its name. */
    OFFSETS,
    /** Its members share out whole partitions. */
    ORDERED,
    /** Its workers share out messages, one by one. */
    QUEUE
}
