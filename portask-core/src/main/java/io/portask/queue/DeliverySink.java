package io.portask.queue;

/** Told of each message that is handed to a member. Must not call back into the group. */
@FunctionalInterface
public interface DeliverySink {
    /** @param attempt 1 for the first delivery; with the offset it names the delivery */
    void onDelivery(QueuePartition partition, QueueMember member, long offset, int attempt);
}
