package io.portask.queue;

/** What can happen to a message of a queue group. {@link MessageState#on} says where it leads. */
public enum MessageEvent {
    /** The reader of the partition met it, and it may be delivered. */
    OFFER,
    /** The reader of the partition met it, and its delivery lies in the future. */
    DELAY,
    /** The time came for which it was delayed, or until which its retry was put off. */
    DUE,
    /** It was handed to a member. */
    TAKE,
    /** Its holder needs more time. */
    EXTEND,
    /** It was done; also when the holder says so after its delivery was taken back. */
    ACK,
    /** Its delivery failed and is to be repeated later. */
    RETRY,
    /** Its delivery failed and is to be repeated at once. */
    RETURN,
    /** It is not delivered any more, and goes to the dead-letter topic. */
    GIVE_UP,
    /** It is not delivered any more, and there is no dead-letter topic. */
    DISCARD,
    /** It outlived its time to live before it was delivered, and is not kept. */
    EXPIRE,
    /** Its copy is in the dead-letter topic. */
    BURY,
    /** It is no more: deleted, compacted away or trimmed. */
    REMOVE
}
