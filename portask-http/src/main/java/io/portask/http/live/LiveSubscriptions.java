package io.portask.http.live;

import io.portask.broker.Cursor;
import io.portask.broker.ReadTurns;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.feed.FeedSink;
import io.portask.http.feed.TopicFeed;
import io.portask.record.Message;
import io.portask.record.StartPosition;
import io.portask.store.TopicDescription;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** The subscriptions of one client, whose partitions take turns. On the connection's thread. */
final class LiveSubscriptions {
    private final LiveSession session;
    private final Map<Integer, LiveSubscription> byId = new HashMap<>();
    private final ReadTurns turns;
    private int lastId;
    /** Partitions that are read, or about to be. Taken on any thread, before they are opened. */
    private final AtomicInteger partitions = new AtomicInteger();

    LiveSubscriptions(LiveSession session) {
        this.session = session;
        this.turns = new ReadTurns(session::isWritable);
    }

    int count() {
        return byId.size();
    }

    void subscribe(LiveRequest request) {
        String topic = request.topic();
        if (request.partition() == Message.ANY_PARTITION && request.from().kind() == StartPosition.Kind.OFFSET) {
            throw new PortaskException(
                    ErrorCode.INVALID_REQUEST, "An offset is one partition's: name the partition beside from");
        }
        LiveSubscription subscription =
                new LiveSubscription(session, this, nextId(), request.requestId(), request.credit());
        byId.put(subscription.id(), subscription);
        CompletionStage<List<Cursor>> opening =
                session.broker().ensureTopicAsync(topic).thenCompose(found -> open(found, request, subscription));
        session.answer(
                request,
                0,
                opening.whenComplete((cursors, error) -> {
                    if (error != null) {
                        session.connection().execute(() -> end(subscription.id()));
                    }
                }),
                (json, cursors) -> {
                    json.name("subscription").number(subscription.id());
                    json.name("topic").string(topic);
                    json.name("positions").beginArray();
                    for (Cursor cursor : cursors) {
                        json.beginObject();
                        json.name("partition").number(cursor.partition().partition());
                        json.name("offset").number(cursor.position());
                        json.endObject();
                    }
                    json.endArray();
                    session.connection().execute(() -> begin(subscription, cursors));
                });
    }

    /** On any thread. */
    private CompletionStage<List<Cursor>> open(
            TopicDescription topic, LiveRequest request, LiveSubscription subscription) {
        int one = request.partition();
        int count = one == Message.ANY_PARTITION ? topic.partitions().size() : 1;
        if (!tryTakePartitions(count)) {
            throw tooMany();
        }
        return subscription
                .feed()
                .open(
                        session.broker(),
                        topic.name(),
                        one == Message.ANY_PARTITION ? IntStream.range(0, count) : IntStream.of(one),
                        partition -> request.from(),
                        request.group())
                .whenComplete((cursors, error) -> {
                    if (error != null) {
                        givePartitionsBack(count);
                    }
                });
    }

    private void begin(LiveSubscription subscription, List<Cursor> cursors) {
        if (byId.get(subscription.id()) != subscription) {
            cursors.forEach(Cursor::close);
            givePartitionsBack(cursors.size());
            return;
        }
        subscription.feed().begin(cursors);
        turns.pump();
    }

    /** Of a subscription, or of a membership. */
    int nextId() {
        return ++lastId;
    }

    /** A feed whose partitions take turns with all others of the client. */
    TopicFeed feed(FeedSink sink) {
        return new TopicFeed(turns, session.connection()::execute, sink, session.portions());
    }

    /** Whether the client may read from so many partitions more. Any thread. */
    boolean tryTakePartitions(int count) {
        if (partitions.addAndGet(count) <= session.config().maxPartitions()) {
            return true;
        }
        partitions.addAndGet(-count);
        return false;
    }

    void givePartitionsBack(int count) {
        partitions.addAndGet(-count);
    }

    PortaskException tooMany() {
        return new PortaskException(
                ErrorCode.OVERLOADED,
                "A connection reads from up to " + session.config().maxPartitions()
                        + " partitions; use another connection");
    }

    /** Credit for a subscription that has ended, perhaps while the message was on its way, changes nothing. */
    void addCredit(int id, long messages) {
        LiveSubscription subscription = byId.get(id);
        if (subscription != null) {
            subscription.addCredit(messages);
            turns.pump();
        }
    }

    void unsubscribe(int id) {
        if (!end(id)) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_SUBSCRIPTION, "There is no subscription " + id + " on this connection");
        }
    }

    /** Ends a subscription that cannot go on, and says why. */
    void fail(LiveSubscription subscription, PortaskException error) {
        if (end(subscription.id())) {
            session.error(
                    subscription.requestId(),
                    error,
                    json -> json.name("subscription").number(subscription.id()));
        }
    }

    /** Ends a subscription without a word; false if there was none. */
    private boolean end(int id) {
        LiveSubscription subscription = byId.remove(id);
        if (subscription != null) {
            givePartitionsBack(subscription.feed().partitions());
            subscription.feed().end();
            turns.pump();
        }
        return subscription != null;
    }

    void endAll() {
        byId.values().forEach(subscription -> subscription.feed().end());
        byId.clear();
        turns.clear();
    }

    /** The connection takes bytes again. */
    void onWritable() {
        turns.pump();
    }
}
