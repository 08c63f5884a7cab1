package io.portask.protocol;

import io.portask.broker.Broker;
import io.portask.broker.Cursor;
import io.portask.broker.ReadTurns;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.store.PartitionInfo;
import java.util.ArrayList;
import java.util.concurrent.CompletionStage;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * The subscriptions of one session, by the correlation ids that began them. Those that can deliver take turns, a portion each, as
 * long as the connection is writable. On the connection's thread.
 */
final class Subscriptions {
    private record Opened(Cursor cursor, PartitionInfo partition) {}

    private final PortSession session;
    private final Int2ObjectHashMap<PortSubscription> byId = new Int2ObjectHashMap<>();
    private final ReadTurns turns;

    Subscriptions(PortSession session) {
        this.session = session;
        this.turns = new ReadTurns(session.connection()::isWritable);
    }

    void subscribe(int flags, int id, SubscribeRequest request) {
        int max = session.context().config().maxSubscriptions();
        session.checkUnnamed(id);
        if (byId.size() >= max) {
            throw new PortaskException(
                    ErrorCode.OVERLOADED, "A connection has up to " + max + " subscriptions; use another connection");
        }
        PortSubscription subscription = new PortSubscription(session, turns, id, flags);
        subscription.addCredit(request.creditBytes());
        byId.put(id, subscription);
        session.answer(
                flags,
                id,
                open(request, subscription),
                (to, requestFlags, same, opened) -> begin(requestFlags, subscription, opened));
    }

    private CompletionStage<Opened> open(SubscribeRequest request, PortSubscription subscription) {
        Broker broker = session.context().broker();
        int number = request.partition().partition();
        return broker.openCursor(request.partition(), request.start(), request.consumer(), subscription::wake)
                .thenCompose(cursor -> broker.describeTopicAsync(
                                request.partition().topic())
                        .thenApply(
                                topic -> new Opened(cursor, topic.partitions().get(number))));
    }

    private void begin(int flags, PortSubscription subscription, Opened opened) {
        if (subscription.isEnded()) {
            opened.cursor.close();
            session.error(
                    subscription.id(),
                    new PortaskException(ErrorCode.CLOSED, "The subscription ended before it began"));
            return;
        }
        new SubscribeResponse(opened.cursor.position(), opened.partition.startOffset(), opened.partition.endOffset())
                .encode(session.beginAnswer(FrameType.SUBSCRIBE, flags, subscription.id()));
        session.send();
        subscription.begin(opened.cursor);
        pump();
    }

    /** Credit for a subscription that has ended, perhaps while the frame was on its way, changes nothing. */
    void addCredit(int id, long bytes) {
        PortSubscription subscription = byId.get(id);
        if (subscription != null) {
            subscription.addCredit(bytes);
            pump();
        }
    }

    void unsubscribe(int flags, int correlationId, int id) {
        if (!end(id)) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_SUBSCRIPTION,
                    "There is no subscription " + Integer.toUnsignedString(id) + " on this connection");
        }
        session.sendEmptyAnswer(FrameType.UNSUBSCRIBE, flags, correlationId);
    }

    /** Ends a subscription without a word; false if there was none. */
    boolean end(int id) {
        PortSubscription subscription = byId.remove(id);
        if (subscription != null) {
            subscription.end();
            pump();
        }
        return subscription != null;
    }

    boolean contains(int id) {
        return byId.containsKey(id);
    }

    int count() {
        return byId.size();
    }

    void endAll() {
        new ArrayList<>(byId.values()).forEach(PortSubscription::end);
        byId.clear();
        turns.clear();
    }

    /** Gives turns as long as the connection takes bytes and not too many portions are on their way. */
    void pump() {
        turns.pump();
    }
}
