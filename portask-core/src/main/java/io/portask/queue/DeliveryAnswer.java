package io.portask.queue;

/**
 * What became of an ack, nack, extend or reject. {@link #ACCEPTED} and {@link #ALREADY_SETTLED} promise something that must
 * survive a restart: they are told to the member only after {@link QueuePartition#storedPosition()} has reached the {@link
 * QueuePartition#position()} of that moment.
 */
public enum DeliveryAnswer {
    ACCEPTED,
    /** The message is done with: by this delivery, by a later one, by expiry, or because it was deleted. */
    ALREADY_SETTLED,
    /** The delivery was taken back (ack timeout, or an earlier nack); an ack would still be taken, this was not one. */
    NOT_IN_FLIGHT,
    /** The message was delivered again since; that delivery decides. */
    HANDED_ON,
    /** The delivery was made to another member. */
    NOT_THE_HOLDER,
    /** The message was given up and goes to the dead-letter topic. */
    DEAD_LETTERED,
    /** No such delivery is known: it was never made, or a restart has forgotten it and the message comes again. */
    UNKNOWN_DELIVERY
}
