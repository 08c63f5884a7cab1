package io.portask.broker;

import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;

/** Takes messages one at a time, in order within a partition. Slow listeners slow only their own subscription. */
@FunctionalInterface
public interface MessageListener {
    /** Whatever it throws ends the subscription; the message counts as not taken. */
    void onMessage(ReceivedMessage message);

    /** The subscription ended for a reason other than being closed. Called once; nothing follows. */
    default void onError(PortaskException error) {}
}
