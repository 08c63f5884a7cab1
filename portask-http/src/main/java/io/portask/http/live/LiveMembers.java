package io.portask.http.live;

import io.portask.consumer.GroupMember;
import io.portask.consumer.GroupOffset;
import io.portask.consumer.GroupOptions;
import io.portask.consumer.Groups;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.feed.FeedSink;
import io.portask.http.feed.TopicFeed;
import io.portask.record.MessageId;
import io.portask.record.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The memberships of one client in ordered groups, by the ids of their subscriptions. On the connection's thread. */
final class LiveMembers {
    /** Of one connection. */
    private static final int MAX = 100;

    private final LiveSession session;
    private final LiveSubscriptions subscriptions;
    private final Map<Integer, LiveMember> byId = new HashMap<>();

    /** @param subscriptions whose ids, turns and bound of partitions the memberships share */
    LiveMembers(LiveSession session, LiveSubscriptions subscriptions) {
        this.session = session;
        this.subscriptions = subscriptions;
    }

    int count() {
        return byId.size();
    }

    void join(LiveRequest request) {
        if (byId.size() >= MAX) {
            throw new PortaskException(
                    ErrorCode.OVERLOADED, "A connection has up to " + MAX + " memberships; use another connection");
        }
        GroupOptions options = request.groupOptions();
        LiveMember member = new LiveMember(
                session,
                this,
                subscriptions.nextId(),
                request.requestId(),
                options.instanceId() != null,
                request.credit());
        byId.put(member.id(), member);
        session.answer(
                request,
                0,
                Groups.of(session.broker())
                        .joinAsync(options, member)
                        .thenApply(member::joined)
                        .whenComplete((joined, error) -> {
                            if (error != null) {
                                session.connection().execute(() -> byId.remove(member.id(), member));
                            }
                        }),
                (json, joined) -> {
                    json.name("subscription").number(member.id());
                    json.name("group").string(options.group());
                    json.name("member").string(joined.id());
                    session.connection().execute(member::begin);
                });
    }

    /** Whether there was one with this id. */
    boolean addCredit(int id, long messages) {
        LiveMember member = byId.get(id);
        if (member != null) {
            member.addCredit(messages);
            pump();
        }
        return member != null;
    }

    void commit(LiveRequest request, int size) {
        MessageId id = request.id();
        int subscription = request.subscription();
        GroupOffset offset = new GroupOffset(
                new TopicPartition(id.topic(), id.partition()), request.requiredGeneration(), id.offset() + 1);
        session.answer(request, size, joined(subscription).commitAsync(List.of(offset)), (json, nothing) -> {
            json.name("subscription").number(subscription);
            json.name("id").string(id.toString());
        });
    }

    void release(LiveRequest request, int size) {
        int id = request.subscription();
        session.answer(
                request,
                size,
                joined(id).releaseAsync(request.requiredPartitions()),
                (json, nothing) -> json.name("subscription").number(id));
    }

    void leave(LiveRequest request, int size) {
        int id = request.subscription();
        GroupMember joined = joined(id);
        LiveMember member = byId.remove(id);
        session.answer(
                request,
                size,
                member == null ? joined.leaveAsync() : member.leave(joined),
                (json, nothing) -> json.name("subscription").number(id));
        pump();
    }

    private GroupMember joined(int id) {
        LiveMember member = byId.get(id);
        GroupMember joined = member == null ? null : member.member();
        if (joined == null) {
            throw new PortaskException(
                    ErrorCode.UNKNOWN_MEMBER, "There is no membership " + id + " on this connection");
        }
        return joined;
    }

    /** The client said something, so its members live. */
    void beat() {
        byId.values().forEach(LiveMember::beat);
    }

    /** Ends a membership that cannot go on, and says why; a static member may come back. */
    void fail(LiveMember member, PortaskException error) {
        if (byId.remove(member.id(), member)) {
            member.end(true);
            session.error(
                    member.requestId(), error, json -> json.name("subscription").number(member.id()));
            pump();
        }
    }

    /** The connection ends. */
    void endAll() {
        List<LiveMember> all = new ArrayList<>(byId.values());
        byId.clear();
        all.forEach(member -> member.end(true));
    }

    TopicFeed feed(FeedSink sink) {
        return subscriptions.feed(sink);
    }

    void pump() {
        subscriptions.onWritable();
    }

    boolean tryTakePartitions(int count) {
        return subscriptions.tryTakePartitions(count);
    }

    void givePartitionsBack(int count) {
        subscriptions.givePartitionsBack(count);
    }

    PortaskException tooManyPartitions() {
        return subscriptions.tooMany();
    }
}
