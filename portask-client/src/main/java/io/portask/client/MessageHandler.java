package io.portask.client;

import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;

/** Takes the messages of a {@link PushConsumer}, one at a time, on that consumer's own thread. It may block. */
@FunctionalInterface
public interface MessageHandler {
    /** The next message, in order within its partition. What it throws ends the consumer, after {@link #onError}. */
    void onMessage(ReceivedMessage message);

    /** The consumer has ended, and why. Not called when it was closed by its owner. */
    default void onError(PortaskException error) {}
}
