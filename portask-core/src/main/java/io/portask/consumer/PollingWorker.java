package io.portask.consumer;

import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.queue.DeliveryAnswer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * A worker of a work queue that polls, in the broker's process or elsewhere. It holds what it polled until it answers for each message, or until the ack timeout has
 * ended. Any thread may answer; one thread at a time polls. {@link #close()} may come from any, and ends a poll that waits.
 */
public interface PollingWorker extends AutoCloseable {
    /**
     * The next messages; waits for the first of them.
     *
     * @param max 1 or more
     * @return empty if none came in time
     * @throws PortaskException {@link ErrorCode#CLOSED} after close, {@link ErrorCode#INTERRUPTED}
     */
    List<Delivery> poll(int max, Duration timeout);

    /** As {@link GroupWorker#settleAsync}. */
    CompletionStage<List<DeliveryAnswer>> settleAsync(List<Settlement> settlements);

    /**
     * As {@link #settleAsync}, and waits.
     *
     * @throws PortaskException what the stage fails with, {@link ErrorCode#INTERRUPTED}
     */
    List<DeliveryAnswer> settle(List<Settlement> settlements);

    /**
     * The message is done. Waits until that is stored; it is then never delivered again.
     *
     * @throws PortaskException {@link ErrorCode#UNKNOWN_MEMBER} after close, and as the store does when it cannot keep the answer: whether it takes
     *     effect is then unknown
     */
    default DeliveryAnswer ack(Delivery delivery) {
        return settle(Settlement.ack(delivery));
    }

    /** As {@link #ack}, without waiting. */
    default CompletionStage<DeliveryAnswer> ackAsync(Delivery delivery) {
        return settleAsync(List.of(Settlement.ack(delivery))).thenApply(answers -> answers.get(0));
    }

    /** As {@link #ack}, for all of them. */
    default List<DeliveryAnswer> ackAll(Collection<Delivery> deliveries) {
        return settle(deliveries.stream().map(Settlement::ack).toList());
    }

    /** The delivery failed; the message is delivered again after the delay that the group's configuration gives to this failure. */
    default DeliveryAnswer nack(Delivery delivery) {
        return settle(Settlement.nack(delivery));
    }

    /** @param delay 0 to 24 h */
    default DeliveryAnswer nack(Delivery delivery, Duration delay) {
        return settle(Settlement.nack(delivery, delay));
    }

    /** The message can never be done: it is given up at once. */
    default DeliveryAnswer reject(Delivery delivery) {
        return settle(Settlement.reject(delivery));
    }

    /** @param more how long the message is held from now on; up to 24 h */
    default DeliveryAnswer extend(Delivery delivery, Duration more) {
        return settle(Settlement.extend(delivery, more));
    }

    private DeliveryAnswer settle(Settlement settlement) {
        return settle(List.of(settlement)).get(0);
    }

    /** What the worker holds goes to others at once. */
    @Override
    void close();
}
