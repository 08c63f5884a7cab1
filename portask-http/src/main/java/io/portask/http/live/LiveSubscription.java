package io.portask.http.live;

import io.portask.broker.Cursor;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.MessageJson;
import io.portask.record.ReceivedMessage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One subscription: a feed for each partition, and the messages that the client is ready to take, which they share. On the
 * connection's thread, but for {@link #wake}.
 */
final class LiveSubscription {
    private final LiveSession session;
    private final int id;
    private final byte @Nullable [] requestId;
    private final List<PartitionFeed> feeds = new ArrayList<>(1);
    private long credit;
    private boolean ended;

    LiveSubscription(LiveSession session, int id, byte @Nullable [] requestId, long credit) {
        this.session = session;
        this.id = id;
        this.requestId = requestId;
        this.credit = credit;
    }

    int id() {
        return id;
    }

    byte @Nullable [] requestId() {
        return requestId;
    }

    int partitions() {
        return feeds.size();
    }

    boolean isEnded() {
        return ended;
    }

    void begin(LiveSubscriptions owner, List<Cursor> cursors) {
        for (Cursor cursor : cursors) {
            feeds.add(new PartitionFeed(this, owner, session.connection(), cursor));
        }
        feeds.forEach(PartitionFeed::continueIfAble);
    }

    void addCredit(long messages) {
        credit = Math.min(LiveRequest.MAX_CREDIT, credit + messages);
        feeds.forEach(PartitionFeed::continueIfAble);
    }

    boolean hasCredit() {
        return credit > 0;
    }

    /** Whether a message may be sent now: there is credit, and the connection takes bytes. */
    boolean maySend() {
        return credit > 0 && session.isWritable();
    }

    /** Unlimited credit stays what it is. */
    void send(ReceivedMessage message) {
        if (credit < LiveRequest.MAX_CREDIT) {
            credit--;
        }
        session.send("message", null, json -> write(json, message));
    }

    private void write(JsonBuffer json, ReceivedMessage message) {
        json.name("subscription").number(id);
        MessageJson.writeFields(json, message);
    }

    /** There may be more to read of a partition. Any thread. */
    void wake(int partition) {
        session.connection().execute(() -> onWake(partition));
    }

    private void onWake(int partition) {
        for (PartitionFeed feed : feeds) {
            if (feed.partition() == partition) {
                feed.onWake();
            }
        }
    }

    void end() {
        ended = true;
        feeds.forEach(PartitionFeed::end);
    }
}
