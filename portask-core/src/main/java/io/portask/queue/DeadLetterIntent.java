package io.portask.queue;

/**
 * A message that is to be copied to the dead-letter topic; the journal holds the intent. Whoever carries it out appends one
 * batch of one record to partition 0 of the dead-letter topic, with this producer id, epoch 0 and this sequence. A repeat after
 * a crash is then recognized by the store.
 *
 * @param attempts how often it was delivered
 */
public record DeadLetterIntent(
        QueueKey key, long offset, int attempts, FailureReason reason, long producerId, int sequence) {
    /** Fixed, so that a repeated append meets the first one also when the dead-letter topic was given more partitions. */
    public static final int PARTITION = 0;

    public static final short PRODUCER_EPOCH = 0;
}
