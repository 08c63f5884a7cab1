package io.portask.http.feed;

import io.portask.error.PortaskException;
import io.portask.record.ReceivedMessage;

/** Takes the messages of a {@link TopicFeed}, on the feed's thread. */
public interface FeedSink {
    /** Whether the client wants any more. While it does not, nothing is read until {@link TopicFeed#proceed}. */
    boolean hasCredit();

    /** Whether a message may be sent now. */
    boolean maySend();

    /** Sends the message; only called where it may be sent. */
    void send(ReceivedMessage message);

    /** A partition cannot be read any more. The feed should be ended. */
    void fail(PortaskException error);
}
