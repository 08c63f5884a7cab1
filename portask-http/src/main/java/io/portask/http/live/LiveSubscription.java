package io.portask.http.live;

import io.portask.error.PortaskException;
import io.portask.http.feed.FeedSink;
import io.portask.http.feed.TopicFeed;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.MessageJson;
import io.portask.record.ReceivedMessage;
import org.jspecify.annotations.Nullable;

/** One subscription, and how many messages the client is ready to take of it. On the connection's thread. */
final class LiveSubscription implements FeedSink {
    private final LiveSession session;
    private final LiveSubscriptions owner;
    private final int id;
    private final byte @Nullable [] requestId;
    private final TopicFeed feed;
    private long credit;

    LiveSubscription(LiveSession session, LiveSubscriptions owner, int id, byte @Nullable [] requestId, long credit) {
        this.session = session;
        this.owner = owner;
        this.id = id;
        this.requestId = requestId;
        this.credit = credit;
        this.feed = owner.feed(this);
    }

    int id() {
        return id;
    }

    byte @Nullable [] requestId() {
        return requestId;
    }

    TopicFeed feed() {
        return feed;
    }

    void addCredit(long messages) {
        credit = Math.min(LiveRequest.MAX_CREDIT, credit + messages);
        feed.proceed();
    }

    @Override
    public boolean hasCredit() {
        return credit > 0;
    }

    @Override
    public boolean maySend() {
        return credit > 0 && session.isWritable();
    }

    /** Unlimited credit stays what it is. */
    @Override
    public void send(ReceivedMessage message) {
        if (credit < LiveRequest.MAX_CREDIT) {
            credit--;
        }
        session.send("message", null, json -> write(json, message));
    }

    private void write(JsonBuffer json, ReceivedMessage message) {
        json.name("subscription").number(id);
        MessageJson.sendFields(json, message);
    }

    @Override
    public void fail(PortaskException error) {
        owner.fail(this, error);
    }
}
