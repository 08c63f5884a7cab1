package io.portask.protocol;

import io.portask.consumer.AssignedPartition;
import io.portask.consumer.GroupMember;
import io.portask.consumer.GroupMemberListener;
import io.portask.consumer.MemberLink;
import io.portask.error.ErrorCode;
import io.portask.error.PortaskException;
import io.portask.record.TopicPartition;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One membership of a client in an ordered group: tells the client what the group tells it, after the answer to its Join. The client subscribes
 * to what it got by itself. On the connection's thread, but for the listener's calls and {@link #joined}.
 */
final class PortMembership implements GroupMemberListener {
    private final PortSession session;
    private final int id;
    private final int flags;
    private final String group;
    private final MemberLink link;

    PortMembership(PortSession session, int id, int flags, JoinRequest request) {
        this.session = session;
        this.id = id;
        this.flags = flags & FrameFlags.COMPRESSED;
        this.group = request.group();
        this.link = new MemberLink(session.connection()::execute, request.instanceId() != null);
    }

    String group() {
        return group;
    }

    /** Null before the group has taken it. */
    @Nullable
    GroupMember member() {
        return link.member();
    }

    /** The group has taken it; where the connection is gone meanwhile it leaves again. */
    GroupMember joined(GroupMember joined) {
        return link.joined(joined);
    }

    void answer(int requestFlags, GroupMember joined) {
        if (link.isEnded()) {
            session.error(id, new PortaskException(ErrorCode.CLOSED, "The membership ended before it began"));
            return;
        }
        new JoinResponse(joined.id()).encode(session.beginAnswer(FrameType.JOIN, requestFlags, id));
        session.send();
        link.begin();
    }

    @Override
    public void onAssigned(List<AssignedPartition> partitions) {
        link.tell(() -> ListFrames.cut(partitions, AssignmentPayload::sizeOf)
                .forEach(part -> push(new AssignmentPayload(part, List.of()))));
    }

    @Override
    public void onRevoked(Set<TopicPartition> partitions) {
        link.tell(() -> ListFrames.cut(List.copyOf(partitions), PayloadFields::sizeOf)
                .forEach(part -> push(new AssignmentPayload(List.of(), part))));
    }

    @Override
    public void onFenced(PortaskException reason) {
        link.tell(() -> session.error(id, reason));
    }

    private void push(AssignmentPayload assignment) {
        assignment.encode(session.begin(FrameType.ASSIGNMENT, flags, id));
        session.send();
    }

    CompletionStage<@Nullable Void> leave(GroupMember leaving, boolean keepsPlace) {
        return link.leave(leaving, keepsPlace);
    }

    /** Leaves; a static member's place is kept until its session ends. */
    void end() {
        link.end(true);
    }
}
