package io.portask.http.live;

import io.portask.broker.Cursor;
import io.portask.consumer.AssignedPartition;
import io.portask.consumer.GroupMember;
import io.portask.consumer.GroupMemberListener;
import io.portask.consumer.MemberLink;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.http.feed.FeedSink;
import io.portask.http.feed.TopicFeed;
import io.portask.http.json.JsonBuffer;
import io.portask.http.json.MessageJson;
import io.portask.record.ReceivedMessage;
import io.portask.record.StartPosition;
import io.portask.record.TopicPartition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One membership of a client in an ordered group: a subscription whose partitions the group decides, and which share one credit.
 * On the connection's thread, but for the listener's calls and {@link #joined}.
 */
final class LiveMember implements GroupMemberListener {
    private final LiveSession session;
    private final LiveMembers owner;
    private final int id;
    private final byte @Nullable [] requestId;
    private final MemberLink link;
    private final Map<TopicPartition, Owned> owned = new HashMap<>();
    private long credit;

    LiveMember(
            LiveSession session,
            LiveMembers owner,
            int id,
            byte @Nullable [] requestId,
            boolean isStatic,
            long credit) {
        this.session = session;
        this.owner = owner;
        this.id = id;
        this.requestId = requestId;
        this.link = new MemberLink(session.connection()::execute, isStatic);
        this.credit = credit;
    }

    int id() {
        return id;
    }

    byte @Nullable [] requestId() {
        return requestId;
    }

    /** Null before the group has taken it. */
    @Nullable
    GroupMember member() {
        return link.member();
    }

    /** The group has taken it; where the connection is gone meanwhile it leaves again. */
    GroupMember joined(GroupMember joined) {
        link.joined(joined);
        if (link.isEnded()) {
            throw new PortaskException(ErrorCode.CLOSED, "The membership ended before it began");
        }
        return joined;
    }

    /** The join was answered: the client may be told what the group told. */
    void begin() {
        link.begin();
    }

    // What the group tells

    @Override
    public void onAssigned(List<AssignedPartition> partitions) {
        link.tell(() -> take(partitions));
    }

    @Override
    public void onRevoked(Set<TopicPartition> partitions) {
        link.tell(() -> stop(partitions));
    }

    @Override
    public void onFenced(PortaskException reason) {
        link.tell(() -> owner.fail(this, reason));
    }

    private void take(List<AssignedPartition> partitions) {
        if (!owner.tryTakePartitions(partitions.size())) {
            owner.fail(this, owner.tooManyPartitions());
            return;
        }
        partitions.forEach(each -> owned.put(each.partition(), new Owned(each)));
        session.send("assigned", null, json -> {
            json.name("subscription").number(id);
            json.name("partitions").beginArray();
            for (AssignedPartition each : partitions) {
                json.beginObject();
                writePlace(json, each.partition());
                json.name("offset").number(each.startOffset());
                json.name("generation").number(each.generation());
                json.endObject();
            }
            json.endArray();
        });
        partitions.forEach(each -> open(each.partition()));
    }

    private void open(TopicPartition partition) {
        Owned each = owned.get(partition);
        if (each != null) {
            each.open();
        }
    }

    private void stop(Set<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            Owned each = owned.remove(partition);
            if (each != null) {
                each.feed.end();
                owner.givePartitionsBack(1);
            }
        }
        session.send("revoked", null, json -> {
            json.name("subscription").number(id);
            json.name("partitions").beginArray();
            for (TopicPartition partition : partitions) {
                json.beginObject();
                writePlace(json, partition);
                json.endObject();
            }
            json.endArray();
        });
        owner.pump();
    }

    private static void writePlace(JsonBuffer json, TopicPartition partition) {
        json.name("topic").string(partition.topic());
        json.name("partition").number(partition.partition());
    }

    // What the client wants

    void addCredit(long messages) {
        credit = Math.min(LiveRequest.MAX_CREDIT, credit + messages);
        owned.values().forEach(each -> each.feed.proceed());
    }

    /** Says that the client lives. */
    void beat() {
        GroupMember living = link.member();
        if (living != null) {
            living.heartbeatAsync();
        }
    }

    CompletionStage<@Nullable Void> leave(GroupMember leaving) {
        stopReading();
        return link.leave(leaving, false);
    }

    /**
     * Leaves without a word.
     *
     * @param keepsPlace whether a static member's place is kept until its session ends
     */
    void end(boolean keepsPlace) {
        stopReading();
        link.end(keepsPlace);
    }

    private void stopReading() {
        owned.values().forEach(each -> each.feed.end());
        owner.givePartitionsBack(owned.size());
        owned.clear();
    }

    /** A partition that the client reads as a member. */
    private final class Owned implements FeedSink {
        private final AssignedPartition assigned;
        private final TopicFeed feed;

        Owned(AssignedPartition assigned) {
            this.assigned = assigned;
            this.feed = owner.feed(this);
        }

        void open() {
            feed.open(
                            session.broker(),
                            assigned.partition().topic(),
                            IntStream.of(assigned.partition().partition()),
                            partition -> StartPosition.offset(assigned.startOffset()),
                            null)
                    .whenComplete((cursors, error) -> session.connection().execute(() -> onOpened(cursors, error)));
        }

        private void onOpened(@Nullable List<Cursor> cursors, @Nullable Throwable error) {
            if (owned.get(assigned.partition()) != this) {
                if (cursors != null) {
                    cursors.forEach(Cursor::close);
                }
            } else if (cursors != null) {
                feed.begin(cursors);
                owner.pump();
            } else if (error != null) {
                fail(PortaskException.of(error));
            }
        }

        @Override
        public boolean hasCredit() {
            return credit > 0;
        }

        @Override
        public boolean maySend() {
            return credit > 0 && session.isWritable();
        }

        @Override
        public void send(ReceivedMessage message) {
            if (credit < LiveRequest.MAX_CREDIT) {
                credit--;
            }
            session.send("message", null, json -> {
                json.name("subscription").number(id);
                json.name("generation").number(assigned.generation());
                MessageJson.sendFields(json, message);
            });
        }

        /** Where the topic was deleted the group will tell. */
        @Override
        public void fail(PortaskException error) {
            if (error.code() == ErrorCode.UNKNOWN_TOPIC) {
                feed.end();
            } else if (owned.get(assigned.partition()) == this) {
                owner.fail(LiveMember.this, error);
            }
        }
    }
}
